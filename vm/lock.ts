/**
 * One process group per VM: whoever holds flock(2) on `lock` is it. The runner takes it and hands the open file to the
 * hypervisor as a descriptor, so the lock is held as long as either lives. That tells, without guessing by process ids,
 * a VM whose runner was killed (held, nobody answers on the control socket) from one that is not running (free).
 */
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';

/** flock(2). */
const LOCK_EX = 2;

/** flock(2) without waiting: >= 0, or -errno; what the seam of native/ offers. */
export type Flock = (fd: number, operation: number) => number;

export interface VmLock {
  /** for the hypervisor to inherit */
  readonly fd: number;
  /** Who may have to be killed if we are. */
  note(hypervisor: number): void;
  release(): void;
}

export interface Holders {
  readonly runner: number;
  /** 0: not started yet */
  readonly hypervisor: number;
}

/** Undefined if another process has this VM. The file stays when the lock goes. */
export function takeLock(file: string, flock: Flock): VmLock | undefined {
  const fd = openSync(file, 'a+', 0o600);
  if (flock(fd, LOCK_EX) < 0) {
    closeSync(fd);
    return undefined;
  }
  const write = (hypervisor: number) => {
    ftruncateSync(fd);
    writeSync(fd, `${process.pid} ${hypervisor}\n`);
  };
  write(0);
  return { fd, note: write, release: () => closeSync(fd) };
}

export function isHeld(file: string, flock: Flock): boolean {
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch {
    return false;
  }
  const held = flock(fd, LOCK_EX) < 0;
  closeSync(fd);
  return held;
}

/** Whom the file names; they are alive only while the lock is held. */
export function holders(file: string): Holders | undefined {
  try {
    const [, runner, hypervisor] = /^(\d{1,9}) (\d{1,9})\n$/.exec(readFileSync(file, 'utf8')) ?? [];
    return runner === undefined ? undefined : { runner: Number(runner), hypervisor: Number(hypervisor) };
  } catch {
    return undefined;
  }
}
