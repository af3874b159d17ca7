/** A temporary directory on a real disk: /tmp may be a tmpfs, which differs in more than speed. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import type { Prepared } from '../posix/register.js';
import { atExit } from './at-exit.js';

export interface TemporaryDirectory {
  dir: string;
  remove(): void;
}

/** Fresh, mode 0755, so that other users can pass; removed at the latest when the process ends. */
export function temporaryDirectory(): TemporaryDirectory {
  const dir = mkdtempSync('/var/tmp/osmofs-test-');
  chmodSync(dir, 0o755);
  const clear = () => rmSync(dir, { recursive: true, force: true });
  const forget = atExit(clear);
  return {
    dir,
    remove() {
      forget();
      clear();
    },
  };
}

export async function bareDirectory(): Promise<Prepared> {
  const { dir, remove } = temporaryDirectory();
  return { name: 'bare', dir, host: dir, ownership: 'strict', dispose: async () => remove() };
}
