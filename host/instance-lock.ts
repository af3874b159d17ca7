/**
 * One daemon per runtime directory: whoever holds flock(2) on daemon.pid is it. The kernel lets go of the lock with the
 * process, so a crash leaves nothing that has to be told from a living daemon by guessing.
 */
import { closeSync, fstatSync, ftruncateSync, openSync, rmSync, statSync, writeSync } from 'node:fs';

/** flock(2). */
const LOCK_EX = 2;

/** flock(2) without waiting: >= 0, or -errno; what the seam offers. */
export type Flock = (fd: number, operation: number) => number;

export interface InstanceLock {
  /** Removes the file and lets the next one in. */
  release(): void;
}

/** Undefined if another process holds it. */
export function acquireInstance(file: string, flock: Flock): InstanceLock | undefined {
  for (;;) {
    const fd = openSync(file, 'a+', 0o600);
    if (flock(fd, LOCK_EX) < 0) {
      closeSync(fd);
      return undefined;
    }
    if (isStill(file, fd)) {
      ftruncateSync(fd);
      writeSync(fd, `${process.pid}\n`);
      return {
        release: () => {
          rmSync(file, { force: true });
          closeSync(fd);
        },
      };
    }
    // The last holder removed the file between our open and our lock: what we have locked has no name any more.
    closeSync(fd);
  }
}

function isStill(file: string, fd: number): boolean {
  const named = statSync(file, { throwIfNoEntry: false });
  const held = fstatSync(fd);
  return named !== undefined && named.ino === held.ino && named.dev === held.dev;
}
