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

/** Bytes of struct msghdr, struct iovec and struct cmsghdr. */
const MSGHDR = 56;
const IOVEC = 16;
const CMSGHDR = 16;

/** sendmsg(2) with descriptors (SCM_RIGHTS, unix(7)). */
export function sendWithFiles(socket: number, bytes: Buffer, files: readonly number[]): void {
  const control = files.length === 0 ? 0 : CMSGHDR + Math.ceil((4 * files.length) / 8) * 8;
  // All in one buffer, which lives as long as the call: of what only an address is left, the collector knows nothing.
  const [vectorAt, controlAt, bytesAt] = [MSGHDR, MSGHDR + IOVEC, MSGHDR + IOVEC + control];
  const message = Buffer.alloc(bytesAt + bytes.length);
  const address = (at: number) => addon.address(message) + BigInt(at);
  message.set(bytes, bytesAt);
  message.writeBigUInt64LE(address(bytesAt), vectorAt);
  message.writeBigUInt64LE(BigInt(bytes.length), vectorAt + 8);
  message.writeBigUInt64LE(address(vectorAt), 16);
  message.writeBigUInt64LE(1n, 24);
  if (files.length > 0) {
    message.writeBigUInt64LE(BigInt(CMSGHDR + 4 * files.length), controlAt);
    message.writeInt32LE(SOL_SOCKET, controlAt + 8);
    message.writeInt32LE(SCM_RIGHTS, controlAt + 12);
    for (const [at, file] of files.entries()) message.writeInt32LE(file, controlAt + CMSGHDR + 4 * at);
    message.writeBigUInt64LE(address(controlAt), 32);
    message.writeBigUInt64LE(BigInt(control), 40);
  }
  call('sendmsg', socket, message, MSG_NOSIGNAL);
}
