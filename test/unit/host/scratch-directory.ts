/** A directory of one's own for each test of a suite, gone afterwards. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Call within `describe`; the result gives the directory of the test that runs, resolved. */
export function scratchDirectory(): () => string {
  let directory = '';
  beforeEach(() => {
    directory = mkdtempSync(join(realpathSync(tmpdir()), 'osmofs-unit-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));
  return () => directory;
}

/** An empty file, a directory, a symlink: made, and named. */
export function makeFile(path: string): string {
  writeFileSync(path, '');
  return path;
}

export function makeDirectory(path: string): string {
  mkdirSync(path, { recursive: true });
  return path;
}

export function makeLink(path: string, to: string): string {
  symlinkSync(to, path);
  return path;
}
