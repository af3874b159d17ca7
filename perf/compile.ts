import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { basename } from 'node:path';
import { cacheDir } from './paths.js';

export interface Program {
  readonly name: string;
  /** absolute path of the C file that is compiled */
  readonly source: string;
  /** files that it includes, absolute */
  readonly headers?: readonly string[];
  /** names of pkg-config modules */
  readonly libraries?: readonly string[];
}

function flagsOf(libraries: readonly string[]): string[] {
  if (libraries.length === 0) return [];
  return execFileSync('pkg-config', ['--cflags', '--libs', ...libraries], { encoding: 'utf8' })
    .trim()
    .split(/\s+/);
}

/**
 * Compiles with `cc -O2` into the cache, unless the same text was compiled there before. Result: path of the program.
 *
 * @throws Error with the compiler's words if it fails, or naming the file that is missing
 */
export function compile(program: Program): string {
  const hash = createHash('sha256');
  const files = [program.source, ...(program.headers ?? [])];
  for (const file of files) {
    if (!existsSync(file)) throw new Error(`${program.name}: ${file} is missing; run \`npm run setup\` first`);
    hash.update(readFileSync(file)).update('\0');
  }
  hash.update((program.libraries ?? []).join());
  const dir = `${cacheDir}/${hash.digest('hex').slice(0, 16)}`;
  const binary = `${dir}/${program.name}`;
  if (existsSync(binary)) return binary;
  mkdirSync(dir, { recursive: true });
  const fresh = `${binary}.${process.pid}`;
  try {
    const flags = flagsOf(program.libraries ?? []);
    execFileSync('cc', ['-O2', '-o', fresh, program.source, ...flags], { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (error) {
    const words = (error as { stderr?: Buffer }).stderr?.toString().trim();
    throw new Error(`cannot compile ${basename(program.source)}: ${words || (error as Error).message}`);
  }
  renameSync(fresh, binary);
  return binary;
}
