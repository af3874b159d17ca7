/**
 * A program: makes system calls on one file, in order, and prints a JSON list of their results, "ok" or the errno's name.
 * A process of its own, because the test that answers them must not wait for them.
 *
 *     file-calls FILE open|write|fsync|lock|unlock|flock|ofd|close … getxattr=NAME …
 */
import * as sys from '../../support/sys.js';

const { C } = sys;
const [file, ...calls] = process.argv.slice(2);

/** Open descriptors; calls use the last one. */
const open: number[] = [];
const last = () => open.at(-1)!;

const actions: Readonly<Record<string, (name: string) => void>> = {
  open: () => void open.push(sys.open(file!, C.O_RDWR)),
  write: () => void sys.write(last(), 'content'),
  lock: () => sys.lock(last(), C.F_WRLCK),
  unlock: () => sys.lock(last(), C.F_UNLCK),
  flock: () => sys.flock(last(), C.LOCK_EX),
  ofd: () => sys.ofdLock(last(), C.F_WRLCK),
  fsync: () => sys.fsync(last()),
  close: () => sys.close(open.pop()!),
  getxattr: (name) => void sys.getxattr(file!, name),
  setxattr: (name) => sys.setxattr(file!, name, 'value'),
  removexattr: (name) => sys.removexattr(file!, name),
};

function result(call: string): string {
  const [action, name] = call.split('=');
  try {
    actions[action!]!(name ?? '');
    return 'ok';
  } catch (error) {
    if (!(error instanceof sys.SysError)) throw error;
    return sys.errnoName(error.errno);
  }
}

console.log(JSON.stringify(calls.map(result)));
