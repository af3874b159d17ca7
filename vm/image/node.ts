/** Node for the guest: the one that runs this, without the symbols that nobody there reads. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, versionOf } from './commands.js';

export interface NodeProgram {
  /** absolute */
  readonly path: string;
  /** names how it is made smaller */
  readonly stripper: string;
}

export async function findNode(): Promise<NodeProgram> {
  return { path: process.execPath, stripper: (await versionOf('strip')) ?? 'none' };
}

export async function readStripped({ path, stripper }: NodeProgram): Promise<Buffer> {
  if (stripper === 'none') return readFileSync(path);
  const directory = mkdtempSync(join(tmpdir(), 'osmofs-node-'));
  try {
    const copy = join(directory, 'node');
    await run('strip', ['--strip-unneeded', '-o', copy, path], { hint: 'Install binutils.' });
    return readFileSync(copy);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
