/** Where a fuzzing process plays: a small file system of its own if it may mount one, and a tree that must not change. */
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  mkfifoSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from '../../host/support/host-files.js';
import { Secret } from '../../host/support/secret.js';
import { atExit } from '../../support/at-exit.js';

/** Bytes of the file system: a full one is part of the game. */
const SIZE = '48m';

export class Field {
  readonly directory = mkdtempSync('/var/tmp/osmofs-fuzz-');
  readonly secret: Secret;
  readonly #leave: () => void;
  readonly #forget: () => void;
  #count = 0;

  constructor() {
    let mounted = false;
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE},mode=755`, 'osmofs-fuzz', this.directory], {
        stdio: 'pipe',
      });
      mounted = true;
    } catch {
      // Not root: then on the disk, where RLIMIT_FSIZE keeps files small.
    }
    this.#leave = () => {
      if (mounted) execFileSync('umount', ['-l', this.directory], { stdio: 'pipe' });
      rmSync(this.directory, { recursive: true, force: true });
    };
    this.#forget = atExit(this.#leave);
    this.secret = new Secret(`${this.directory}/secret`);
  }

  /** A new share root with one object of each kind. */
  root(): string {
    const root = `${this.directory}/root-${this.#count++}`;
    mkdirSync(`${root}/dir/dir`, { recursive: true });
    writeFileSync(`${root}/file`, 'content '.repeat(2000));
    writeFileSync(`${root}/dir/file`, 'more');
    symlinkSync('../secret', `${root}/link`);
    symlinkSync('../../secret/f', `${root}/dir/link`);
    mkfifoSync(`${root}/dir/a`);
    return root;
  }

  clear(root: string): void {
    execFileSync('chmod', ['-R', 'u+rwX', root], { stdio: 'pipe' });
    rmSync(root, { recursive: true, force: true });
  }

  close(): void {
    this.#forget();
    this.#leave();
  }
}
