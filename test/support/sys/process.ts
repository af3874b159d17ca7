/** This thread and this process: identity, limits, signals, waiting. */
import { constants } from 'node:os';
import { addon } from '../../native-syscalls/index.js';
import { C } from './constants.js';
import { keep } from './descriptors.js';
import { call, type Path, path, SysError } from './error.js';

export interface Identity {
  uid: number;
  gid: number;
  /** supplementary groups; none if absent */
  groups?: number[];
}

function setgroups(groups: number[]): void {
  const list = Buffer.alloc(4 * Math.max(1, groups.length));
  groups.forEach((group, i) => {
    list.writeUInt32LE(group, 4 * i);
  });
  call('setgroups', groups.length, list);
}

/** Becomes somebody for good (all ids, every capability gone). For peers. */
export function become(identity: Identity): void {
  setgroups(identity.groups ?? []);
  call('setresgid', identity.gid, identity.gid, identity.gid);
  call('setresuid', identity.uid, identity.uid, identity.uid);
}

/**
 * Runs `act` with the thread's real and effective ids changed; the saved ones stay root's, which is the way back. The
 * capabilities are gone meanwhile (man 7 capabilities, "Effect of user ID changes").
 */
export function as<T>(identity: Identity, act: () => T): T {
  setgroups(identity.groups ?? []);
  call('setresgid', identity.gid, identity.gid, 0);
  call('setresuid', identity.uid, identity.uid, 0);
  try {
    return act();
  } finally {
    call('setresuid', 0, 0, 0);
    call('setresgid', 0, 0, 0);
    setgroups([0]);
  }
}

/** Runs `act` with the effective uid changed and the real one root's: what access(2) and AT_EACCESS tell apart. */
export function asEffective<T>(uid: number, act: () => T): T {
  call('setresuid', 0, uid, 0);
  try {
    return act();
  } finally {
    call('setresuid', 0, 0, 0);
  }
}

/** umask(2); the old one. */
export function umask(mask: number): number {
  return call('umask', mask);
}

/** Sets the soft limit, keeps the hard one, returns the old soft limit. */
export function setSoftLimit(resource: number, soft: bigint): bigint {
  const old = Buffer.alloc(16);
  call('prlimit64', 0, resource, null, old);
  const wanted = Buffer.from(old);
  wanted.writeBigUInt64LE(soft, 0);
  call('prlimit64', 0, resource, wanted, null);
  return old.readBigUInt64LE(0);
}

/** Runs `act` while no file may grow beyond `bytes`; SIGXFSZ is ignored, so that EFBIG is seen. */
export function withFileSizeLimit<T>(bytes: number, act: () => T): T {
  disposition('SIGXFSZ', 'ignore');
  const old = setSoftLimit(C.RLIMIT_FSIZE, BigInt(bytes));
  try {
    return act();
  } finally {
    setSoftLimit(C.RLIMIT_FSIZE, old);
  }
}

const ways = { default: 0, ignore: 1, interrupt: 2 } as const;

/** `interrupt`: a handler that does nothing and does not restart system calls. */
export function disposition(signal: NodeJS.Signals, way: keyof typeof ways): void {
  const result = addon.disposition(constants.signals[signal], ways[way]);
  if (result < 0) throw new SysError('sigaction', -result, signal);
}

/** Sends a signal to the main thread of a process. */
export function tgkill(pid: number, signal: NodeJS.Signals): void {
  call('tgkill', pid, pid, constants.signals[signal]);
}

export function prctl(option: number, argument: number): void {
  call('prctl', option, argument, 0, 0, 0);
}

/** Waits until one of the descriptors has input (or is at its end); the ready ones. Empty after the time is over. */
export function readable(fds: number[], milliseconds: number): number[] {
  const POLLIN = 1;
  const table = Buffer.alloc(8 * fds.length);
  fds.forEach((fd, i) => {
    table.writeInt32LE(fd, 8 * i);
    table.writeInt16LE(POLLIN, 8 * i + 4);
  });
  const timeout = Buffer.alloc(16);
  timeout.writeBigInt64LE(BigInt(Math.floor(milliseconds / 1000)), 0);
  timeout.writeBigInt64LE(BigInt(Math.floor((milliseconds % 1000) * 1e6)), 8);
  try {
    call('ppoll', table, fds.length, timeout, null, 8);
  } catch (error) {
    if ((error as SysError).code !== 'EINTR') throw error;
    return [];
  }
  return fds.filter((_, i) => table.readInt16LE(8 * i + 6) !== 0);
}

/** pidfd_open(2): readable when the process has ended. */
export function pidfd(pid: number): number {
  return keep(call('pidfd_open', pid, 0));
}

/** `struct sockaddr_un`. */
function address(name: Path): Buffer {
  const b = Buffer.alloc(2);
  b.writeUInt16LE(C.AF_UNIX);
  return Buffer.concat([b, path(name)]);
}

/** socket(2) of AF_UNIX, close-on-exec. */
export function unixSocket(type: number): number {
  return keep(call('socket', C.AF_UNIX, type | C.O_CLOEXEC, 0));
}

/** bind(2) to a path of at most 107 bytes. */
export function bind(fd: number, name: Path): void {
  const a = address(name);
  call('bind', fd, a, a.length);
}

export function connect(fd: number, name: Path): void {
  const a = address(name);
  call('connect', fd, a, a.length);
}

export function listen(fd: number): void {
  call('listen', fd, 8);
}

export function accept(fd: number): number {
  return keep(call('accept4', fd, null, null, C.O_CLOEXEC));
}
