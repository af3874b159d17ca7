/** Unix sockets by their system calls: blocking, and with descriptors. */
import { addon } from '../../native-syscalls/index.js';
import { call } from '../../support/sys/error.js';

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0x800;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const MSG_NOSIGNAL = 0x4000;

/** A blocking socket connected to the listener at this path. */
export function connectUnix(path: string): number {
  const socket = call('socket', AF_UNIX, SOCK_STREAM, 0);
  const address = addressOf(path);
  call('connect', socket, address, address.length);
  return socket;
}

/** A non-blocking socket that listens on a path where nothing is. */
export function listenUnix(path: string): number {
  const socket = call('socket', AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const address = addressOf(path);
  call('bind', socket, address, address.length);
  call('listen', socket, 16);
  return socket;
}

/** struct sockaddr_un */
function addressOf(path: string): Buffer {
  const address = Buffer.alloc(110);
  address.writeUInt16LE(AF_UNIX, 0);
  address.write(path, 2);
  return address;
}

/** sendmsg(2) with descriptors (SCM_RIGHTS, unix(7)). */
export function sendWithFiles(socket: number, bytes: Buffer, files: readonly number[]): void {
  const control = Buffer.alloc(files.length === 0 ? 0 : 16 + Math.ceil((4 * files.length) / 8) * 8);
  if (files.length > 0) {
    control.writeBigUInt64LE(BigInt(16 + 4 * files.length), 0);
    control.writeInt32LE(SOL_SOCKET, 8);
    control.writeInt32LE(SCM_RIGHTS, 12);
    for (const [at, file] of files.entries()) control.writeInt32LE(file, 16 + 4 * at);
  }
  const vector = Buffer.alloc(16);
  vector.writeBigUInt64LE(addon.address(bytes), 0);
  vector.writeBigUInt64LE(BigInt(bytes.length), 8);
  const message = Buffer.alloc(56);
  message.writeBigUInt64LE(addon.address(vector), 16);
  message.writeBigUInt64LE(1n, 24);
  if (files.length > 0) {
    message.writeBigUInt64LE(addon.address(control), 32);
    message.writeBigUInt64LE(BigInt(control.length), 40);
  }
  call('sendmsg', socket, message, MSG_NOSIGNAL);
}
