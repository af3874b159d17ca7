/** Compiles sources to objects, two at a time, and keeps the objects by the content of everything they are made of. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';

export interface Compiler {
  /** program and first arguments */
  command: readonly string[];
  version: string;
}

export interface Job {
  source: string;
  object: string;
  args: string[];
}

export interface Outcome {
  compiled: number;
  /** what the compiler said, by source and target */
  failures: string[];
}

/** sha256 over the parts, each with its length, so that no two lists look alike. */
export function digest(...parts: (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex').slice(0, 32);
}

/** One digest for all headers below the directories: any change of one compiles everything anew. */
export function headersDigest(directories: string[]): string {
  const headers = directories.flatMap((directory) =>
    readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.h'))
      .sort()
      .flatMap((name) => [name, readFileSync(join(directory, name))]),
  );
  return digest(...headers);
}

export function job(compiler: Compiler, cache: string, source: string, args: string[], context: string): Job {
  const key = digest(...compiler.command, compiler.version, context, ...args, basename(source), readFileSync(source));
  return { source, args, object: join(cache, `${basename(source, '.cc')}-${key}.o`) };
}

function run(compiler: Compiler, { source, args, object }: Job): Promise<string | null> {
  // Under another name until it is whole: an interrupted run leaves no half object to be taken for a good one.
  const unfinished = `${object}.tmp`;
  return new Promise((resolve) => {
    const [program, ...first] = compiler.command;
    execFile(program, [...first, ...args, '-c', source, '-o', unfinished], (error, _stdout, stderr) => {
      if (error) return resolve(stderr || error.message);
      renameSync(unfinished, object);
      resolve(null);
    });
  });
}

/** Compiles what is not there yet, two at a time. */
export async function compileAll(compiler: Compiler, jobs: Job[]): Promise<Outcome> {
  const waiting = jobs.filter(({ object }) => !existsSync(object));
  const outcome: Outcome = { compiled: waiting.length, failures: [] };
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const said = await run(compiler, next);
      if (said !== null) outcome.failures.push(said);
    }
  };
  await Promise.all([work(), work()]);
  return outcome;
}

/** Removes what no job of this run made or used. */
export function sweep(cache: string, keep: Set<string>): void {
  for (const name of readdirSync(cache)) {
    if (!keep.has(join(cache, name))) rmSync(join(cache, name), { recursive: true });
  }
}
