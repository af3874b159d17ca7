/**
 * cpio archives in the "newc" format, the only one the kernel unpacks: Documentation/driver-api/early-userspace/
 * buffer-format.rst. The same entries always give the same bytes: no time, no owner, inode numbers by position.
 */
import { ImageError } from './error.js';

const MAGIC = '070701';
/** magic and 13 fields of 8 hexadecimal digits */
const HEADER_BYTES = 6 + 13 * 8;
const TRAILER = 'TRAILER!!!';
/** Archives may be joined if each begins here, buffer-format.rst. */
const ALIGNMENT = 4;

// <linux/stat.h>
const S_IFMT = 0o170000;
const TYPE_BITS = { directory: 0o040000, file: 0o100000, symlink: 0o120000, character: 0o020000 } as const;

/** `path` is relative to the root and has no leading slash; `mode` is the permission bits. */
export type Entry = { readonly path: string; readonly mode: number } & (
  | { readonly type: 'directory' }
  | { readonly type: 'file'; readonly data: Uint8Array }
  | { readonly type: 'symlink'; readonly target: string }
  | { readonly type: 'character'; readonly major: number; readonly minor: number }
);

/** An archive of the entries in the order given; its length is a multiple of 4. */
export function writeCpio(entries: Iterable<Entry>): Buffer {
  const parts: Uint8Array[] = [];
  let inode = 1;
  for (const entry of entries) parts.push(...record(entry.path, TYPE_BITS[entry.type] | entry.mode, inode++, entry));
  parts.push(...record(TRAILER, 0, 0));
  return Buffer.concat(parts);
}

function record(path: string, mode: number, inode: number, entry?: Entry): Uint8Array[] {
  const data = content(entry);
  const name = Buffer.from(`${path}\0`);
  const [major, minor] = entry?.type === 'character' ? [entry.major, entry.minor] : [0, 0];
  const links = entry?.type === 'directory' ? 2 : 1;
  // ino, mode, uid, gid, nlink, mtime, filesize, devmajor, devminor, rdevmajor, rdevminor, namesize, check
  const fields = [inode, mode, 0, 0, links, 0, data.length, 0, 0, major, minor, name.length, 0];
  const header = Buffer.from(MAGIC + fields.map((field) => field.toString(16).padStart(8, '0')).join(''), 'latin1');
  return [header, name, padding(HEADER_BYTES + name.length), data, padding(data.length)];
}

function content(entry: Entry | undefined): Uint8Array {
  if (entry?.type === 'file') return entry.data;
  return entry?.type === 'symlink' ? Buffer.from(entry.target) : Buffer.alloc(0);
}

function padding(length: number): Uint8Array {
  return Buffer.alloc(-length & (ALIGNMENT - 1));
}

/** The entries of one archive, or of several that were joined. @throws ImageError if it is none or ends early */
export function readCpio(archive: Buffer): Entry[] {
  const entries: Entry[] = [];
  let at = 0;
  while (at < archive.length) {
    // Between archives there may be zeros.
    if (archive[at] === 0) {
      at++;
      continue;
    }
    const take = (length: number) => {
      if (at + length > archive.length) throw new ImageError('the cpio archive ends in the middle of an entry');
      const bytes = archive.subarray(at, at + length);
      at += length;
      return bytes;
    };
    const header = take(HEADER_BYTES).toString('latin1');
    if (!/^070701[0-9a-fA-F]{104}$/.test(header)) throw new ImageError(`no cpio entry begins at ${at - HEADER_BYTES}`);
    const field = (index: number) => Number.parseInt(header.slice(6 + 8 * index, 14 + 8 * index), 16);
    const nameLength = field(11);
    const path = take(nameLength).toString().slice(0, -1);
    take(padding(HEADER_BYTES + nameLength).length);
    const data = take(field(6));
    take(padding(data.length).length);
    if (path !== TRAILER) entries.push(entryOf(path, field(1), data, field(9), field(10)));
  }
  return entries;
}

function entryOf(path: string, bits: number, data: Buffer, major: number, minor: number): Entry {
  const mode = bits & ~S_IFMT;
  switch (bits & S_IFMT) {
    case TYPE_BITS.directory:
      return { path, mode, type: 'directory' };
    case TYPE_BITS.file:
      return { path, mode, type: 'file', data };
    case TYPE_BITS.symlink:
      return { path, mode, type: 'symlink', target: data.toString() };
    case TYPE_BITS.character:
      return { path, mode, type: 'character', major, minor };
    default:
      throw new ImageError(`${path}: mode 0${bits.toString(8)} has no place in an image of ours`);
  }
}
