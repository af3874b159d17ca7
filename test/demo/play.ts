/** Runs the compiled demo as `npm run demo` does, and insists that it leaves nothing behind. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { mountedTargets, type Ran } from '../support/osmofs.js';

const program = fileURLToPath(new URL('./demo.js', import.meta.url));

export interface Interruption {
  readonly signal: NodeJS.Signals;
  /** in what it has printed on stdout and stderr */
  readonly at: RegExp;
}

/** @param path for the programs that it finds */
export async function play(words: string[], interruption?: Interruption, path = process.env.PATH): Promise<Ran> {
  const place = mkdtempSync('/var/tmp/osmofs-play-');
  try {
    const ran = await run(words, { ...process.env, PATH: path, TMPDIR: place }, interruption);
    assert.deepEqual(readdirSync(place), [], 'directories it left behind');
    assert.deepEqual(
      mountedTargets().filter((target) => target.startsWith(place)),
      [],
      'mounts it left behind',
    );
    assert.deepEqual(processesOf(place), [], 'processes it left behind');
    return ran;
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

async function run(words: string[], env: NodeJS.ProcessEnv, interruption?: Interruption): Promise<Ran> {
  const child = spawn(process.execPath, [program, ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ran: Ran = { code: -1, stdout: '', stderr: '' };
  let waiting = interruption;
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      ran[name] += text;
      if (waiting === undefined || !waiting.at.test(ran.stdout + ran.stderr)) return;
      child.kill(waiting.signal);
      waiting = undefined;
    });
  }
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ ...ran, code: code ?? -1 }));
  });
}

/** Command lines of those that have this place in their environment. */
function processesOf(place: string): string[] {
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      if (!readFileSync(`/proc/${entry}/environ`, 'latin1').includes(place)) return [];
      return readFileSync(`/proc/${entry}/cmdline`, 'latin1').replaceAll('\0', ' ').trim() || [];
    } catch {
      // It ended while we looked.
      return [];
    }
  });
}
