/** Reading, writing, seeking, sizes, ranges. Offsets are numbers of bytes below 2^53, or bigint beyond. */
import { addon } from '../../native-syscalls/index.js';
import { C } from './constants.js';
import { call, type Path, path } from './error.js';

type Offset = number | bigint;
type Data = string | Uint8Array;

const bytes = (data: Data): Buffer => (typeof data === 'string' ? Buffer.from(data) : Buffer.from(data));

/** read(2): what came, empty at the end. */
export function read(fd: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  return buffer.subarray(0, call('read', fd, buffer, length));
}

export function pread(fd: number, length: number, position: Offset): Buffer {
  const buffer = Buffer.alloc(length);
  return buffer.subarray(0, call('pread64', fd, buffer, length, position));
}

/** write(2): the number of bytes written, which may be short. */
export function write(fd: number, data: Data): number {
  const buffer = bytes(data);
  return call('write', fd, buffer, buffer.length);
}

export function pwrite(fd: number, data: Data, position: Offset): number {
  const buffer = bytes(data);
  return call('pwrite64', fd, buffer, buffer.length, position);
}

/** `struct iovec[]` over the buffers. */
function vector(buffers: Buffer[]): Buffer {
  const table = Buffer.alloc(16 * buffers.length);
  buffers.forEach((buffer, i) => {
    table.writeBigUInt64LE(addon.address(buffer), 16 * i);
    table.writeBigUInt64LE(BigInt(buffer.length), 16 * i + 8);
  });
  return table;
}

/** readv(2) into pieces of the given lengths; the pieces, cut to what came. */
export function readv(fd: number, lengths: number[]): Buffer[] {
  const buffers = lengths.map((length) => Buffer.alloc(length));
  let left = call('readv', fd, vector(buffers), buffers.length);
  return buffers.map((buffer) => {
    const part = buffer.subarray(0, Math.min(left, buffer.length));
    left -= part.length;
    return part;
  });
}

export function writev(fd: number, pieces: Data[]): number {
  const buffers = pieces.map(bytes);
  return call('writev', fd, vector(buffers), buffers.length);
}

/** pwritev2(2). `position` -1 uses and moves the file offset. */
export function pwritev2(fd: number, pieces: Data[], position: Offset, flags: number): number {
  const buffers = pieces.map(bytes);
  return call('pwritev2', fd, vector(buffers), buffers.length, position, 0, flags);
}

export function lseek(fd: number, offset: Offset, whence: number): number {
  return call('lseek', fd, offset, whence);
}

export function truncate(name: Path, length: Offset): void {
  call('truncate', path(name), length);
}

export function ftruncate(fd: number, length: Offset): void {
  call('ftruncate', fd, length);
}

export function fallocate(fd: number, mode: number, offset: Offset, length: Offset): void {
  call('fallocate', fd, mode, offset, length);
}

const position = (offset: Offset | null): Buffer | null => {
  if (offset === null) return null;
  const buffer = Buffer.alloc(8);
  buffer.writeBigInt64LE(BigInt(offset));
  return buffer;
};

/** copy_file_range(2). A null offset uses and moves the file's own. Result: bytes copied. */
export function copyFileRange(
  input: number,
  inputOffset: Offset | null,
  output: number,
  outputOffset: Offset | null,
  length: number,
  flags = 0,
): number {
  return call('copy_file_range', input, position(inputOffset), output, position(outputOffset), length, flags);
}

/** sendfile(2) from `input` at `offset`. */
export function sendfile(output: number, input: number, offset: Offset, length: number): number {
  return call('sendfile', output, input, position(offset), length);
}

/** splice(2); one side is a pipe and has a null offset. */
export function splice(
  input: number,
  inputOffset: Offset | null,
  output: number,
  outputOffset: Offset | null,
  length: number,
): number {
  return call('splice', input, position(inputOffset), output, position(outputOffset), length, 0);
}

export function fsync(fd: number): void {
  call('fsync', fd);
}

export function fdatasync(fd: number): void {
  call('fdatasync', fd);
}

export function syncfs(fd: number): void {
  call('syncfs', fd);
}

/** sync_file_range(2), waiting for the write-back of the range. */
export function syncFileRange(fd: number, offset: Offset, length: Offset): void {
  const waitBeforeWriteWaitAfter = 7;
  call('sync_file_range', fd, offset, length, waitBeforeWriteWaitAfter);
}

/** What the whole file holds, through a descriptor of its own. */
export function readFile(name: Path): Buffer {
  const fd = call('openat', C.AT_FDCWD, path(name), C.O_RDONLY | C.O_CLOEXEC, 0);
  try {
    const parts: Buffer[] = [];
    for (;;) {
      const part = read(fd, 1 << 20);
      if (part.length === 0) return Buffer.concat(parts);
      parts.push(part);
    }
  } finally {
    call('close', fd);
  }
}

/** Makes or empties the file and writes the whole content. */
export function writeFile(name: Path, content: Data = '', mode = 0o644): void {
  const fd = call('openat', C.AT_FDCWD, path(name), C.O_WRONLY | C.O_CREAT | C.O_TRUNC | C.O_CLOEXEC, mode);
  try {
    let rest = bytes(content);
    while (rest.length > 0) rest = rest.subarray(write(fd, rest));
  } finally {
    call('close', fd);
  }
}
