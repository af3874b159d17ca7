/** Passing descriptors by hand, as the other end of an offer of shared memory could. <sys/socket.h>, unix(7) */
import { addon, type Word } from '../../native-syscalls/index.js';

const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const MSG_CMSG_CLOEXEC = 0x40000000;
const CMSG_HEADER = 16;

/** `struct msghdr` with one byte and `control`; what it points to has to be kept alive. */
function message(control: Buffer): { header: Buffer; kept: Buffer[] } {
  const byte = Buffer.alloc(1);
  const part = Buffer.alloc(16);
  part.writeBigUInt64LE(addon.address(byte), 0);
  part.writeBigUInt64LE(1n, 8);
  const header = Buffer.alloc(56);
  header.writeBigUInt64LE(addon.address(part), 16);
  header.writeBigUInt64LE(1n, 24);
  if (control.length > 0) header.writeBigUInt64LE(addon.address(control), 32);
  header.writeBigUInt64LE(BigInt(control.length), 40);
  return { header, kept: [byte, part] };
}

function call(name: string, ...args: Word[]): number {
  const result = Number(addon.syscall(addon.numbers[name], ...args));
  if (result < 0) throw new Error(`${name}: errno ${-result}`);
  return result;
}

/** One byte with these descriptors; the caller keeps its own. */
export function sendDescriptors(socket: number, descriptors: number[]): void {
  const length = CMSG_HEADER + 4 * descriptors.length;
  const control = Buffer.alloc((length + 7) & ~7);
  control.writeBigUInt64LE(BigInt(length), 0);
  control.writeInt32LE(SOL_SOCKET, 8);
  control.writeInt32LE(SCM_RIGHTS, 12);
  descriptors.forEach((fd, index) => {
    control.writeInt32LE(fd, CMSG_HEADER + 4 * index);
  });
  const { header, kept } = message(control);
  call('sendmsg', socket, header, 0);
  kept.length = 0;
}

/** The descriptors of the next byte, at most eight. */
export function receiveDescriptors(socket: number): number[] {
  const control = Buffer.alloc(CMSG_HEADER + 4 * 8);
  const { header, kept } = message(control);
  call('recvmsg', socket, header, MSG_CMSG_CLOEXEC);
  kept.length = 0;
  const used = Number(header.readBigUInt64LE(40));
  const count = used === 0 ? 0 : (Number(control.readBigUInt64LE(0)) - CMSG_HEADER) / 4;
  return Array.from({ length: count }, (_, index) => control.readInt32LE(CMSG_HEADER + 4 * index));
}

/** Memory without a file, memfd_create(2), that can be sealed. */
export function memory(size: number): number {
  const MFD_CLOEXEC = 1;
  const MFD_ALLOW_SEALING = 2;
  const fd = call('memfd_create', Buffer.from('test\0'), MFD_CLOEXEC | MFD_ALLOW_SEALING);
  call('ftruncate', fd, size);
  return fd;
}

/** F_ADD_SEALS with F_SEAL_SHRINK. */
export function sealSize(fd: number): void {
  const F_ADD_SEALS = 1033;
  const F_SEAL_SHRINK = 2;
  call('fcntl', fd, F_ADD_SEALS, F_SEAL_SHRINK);
}

/** A pipe: where it is read, where it is written. */
export function pipe(): [number, number] {
  const both = Buffer.alloc(8);
  call('pipe2', both, 0);
  return [both.readInt32LE(0), both.readInt32LE(4)];
}

/** The soft limit of open descriptors, prlimit(2); the result is what it was. */
export function limitDescriptors(soft: number): number {
  const RLIMIT_NOFILE = 7;
  const limit = Buffer.alloc(16);
  call('prlimit64', 0, RLIMIT_NOFILE, null, limit);
  const before = Number(limit.readBigUInt64LE(0));
  limit.writeBigUInt64LE(BigInt(soft), 0);
  call('prlimit64', 0, RLIMIT_NOFILE, limit, null);
  return before;
}
