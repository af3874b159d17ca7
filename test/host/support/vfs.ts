/** The operations with their structs: what a guest kernel asks, and what it reads out of the answers. */
import type { OpcodeName } from '../../../protocol/fuse/opcodes.js';
import * as s from '../../../protocol/fuse/structs.js';
import { O_DIRECTORY, O_RDONLY, O_RDWR } from '../../../protocol/linux.js';
import type { Value } from '../../../protocol/struct.js';
import { type Entry, type EntryPlus, entriesOf, entriesPlusOf, entryOf, type ListedEntry, opened } from './answers.js';
import { Guest, type GuestOptions } from './guest.js';
import { cstring, type Header, pack, unpack } from './message.js';

export const ROOT = 1n;
export type Name = string | Uint8Array;
export type Who = Omit<Header, 'nodeid'>;

/** Members of a struct, as `pack` takes them. */
type Members<S extends { at: object }> = Partial<Record<keyof S['at'], Value>>;

export class Vfs {
  constructor(readonly guest: Guest) {}

  static async open(options: GuestOptions = {}): Promise<Vfs> {
    return new Vfs(await Guest.open(options));
  }

  async close(): Promise<void> {
    await this.guest.close();
  }

  call(opcode: OpcodeName, nodeid: bigint, who: Who, ...body: Uint8Array[]): Promise<Buffer> {
    return this.guest.call(opcode, { ...who, nodeid }, ...body);
  }

  async lookup(parent: bigint, name: Name, who: Who = {}): Promise<Entry> {
    return entryOf(await this.call('LOOKUP', parent, who, cstring(name)));
  }

  /** The node at the end of a path below the root, one lookup per component. */
  async walk(path: string): Promise<Entry> {
    let entry: Entry | undefined;
    for (const name of path.split('/')) entry = await this.lookup(entry?.nodeid ?? ROOT, name);
    return entry!;
  }

  forget(nodeid: bigint, nlookup: number | bigint = 1): void {
    this.guest.tell('FORGET', { nodeid }, pack(s.fuse_forget_in, { nlookup }));
  }

  async getattr(nodeid: bigint, who: Who = {}) {
    const body = await this.call('GETATTR', nodeid, who, pack(s.fuse_getattr_in, {}));
    return unpack(s.fuse_attr_out, body).attr;
  }

  async setattr(nodeid: bigint, members: Members<typeof s.fuse_setattr_in>, who: Who = {}) {
    const body = await this.call('SETATTR', nodeid, who, pack(s.fuse_setattr_in, members));
    return unpack(s.fuse_attr_out, body).attr;
  }

  async statx(nodeid: bigint) {
    const out = unpack(
      s.fuse_statx_out,
      await this.call('STATX', nodeid, {}, pack(s.fuse_statx_in, { sx_mask: 0xfff })),
    );
    return out.stat;
  }

  // -- names ---------------------------------------------------------------------------------------------------------

  async mkdir(parent: bigint, name: Name, mode = 0o755, who: Who = {}): Promise<Entry> {
    return entryOf(await this.call('MKDIR', parent, who, pack(s.fuse_mkdir_in, { mode }), cstring(name)));
  }

  async mknod(parent: bigint, name: Name, mode: number, rdev = 0): Promise<Entry> {
    return entryOf(await this.call('MKNOD', parent, {}, pack(s.fuse_mknod_in, { mode, rdev }), cstring(name)));
  }

  async symlink(parent: bigint, name: Name, content: Name): Promise<Entry> {
    return entryOf(await this.call('SYMLINK', parent, {}, cstring(name), cstring(content)));
  }

  async readlink(nodeid: bigint): Promise<string> {
    return (await this.call('READLINK', nodeid, {})).toString();
  }

  async link(oldnodeid: bigint, parent: bigint, name: Name): Promise<Entry> {
    return entryOf(await this.call('LINK', parent, {}, pack(s.fuse_link_in, { oldnodeid }), cstring(name)));
  }

  async unlink(parent: bigint, name: Name): Promise<void> {
    await this.call('UNLINK', parent, {}, cstring(name));
  }

  async rmdir(parent: bigint, name: Name): Promise<void> {
    await this.call('RMDIR', parent, {}, cstring(name));
  }

  async rename(parent: bigint, name: Name, newdir: bigint, newName: Name, flags = 0): Promise<void> {
    const body = [pack(s.fuse_rename2_in, { newdir, flags }), cstring(name), cstring(newName)];
    await this.call('RENAME2', parent, {}, ...body);
  }

  // -- open files and directories ------------------------------------------------------------------------------------

  /** The fh. */
  async open(nodeid: bigint, flags = O_RDWR, who: Who = {}): Promise<bigint> {
    return opened(await this.call('OPEN', nodeid, who, pack(s.fuse_open_in, { flags })));
  }

  async create(parent: bigint, name: Name, flags = O_RDWR, mode = 0o644, who: Who = {}) {
    const body = await this.call('CREATE', parent, who, pack(s.fuse_create_in, { flags, mode }), cstring(name));
    return { ...entryOf(body), fh: opened(body.subarray(s.fuse_entry_out.size)) };
  }

  async release(nodeid: bigint, fh: bigint): Promise<void> {
    await this.call('RELEASE', nodeid, {}, pack(s.fuse_release_in, { fh }));
  }

  async flush(nodeid: bigint, fh: bigint, lock_owner = 0n): Promise<void> {
    await this.call('FLUSH', nodeid, {}, pack(s.fuse_flush_in, { fh, lock_owner }));
  }

  read(nodeid: bigint, fh: bigint, offset: number | bigint, size: number): Promise<Buffer> {
    return this.call('READ', nodeid, {}, pack(s.fuse_read_in, { fh, offset, size }));
  }

  /** Bytes written. */
  async write(
    nodeid: bigint,
    fh: bigint,
    offset: number | bigint,
    data: Uint8Array | string,
    more: Members<typeof s.fuse_write_in> = {},
  ): Promise<number> {
    const bytes = Buffer.from(data);
    const fixed = pack(s.fuse_write_in, { fh, offset, size: bytes.length, ...more });
    return unpack(s.fuse_write_out, await this.call('WRITE', nodeid, {}, fixed, bytes)).size as number;
  }

  async opendir(nodeid: bigint): Promise<bigint> {
    return opened(await this.call('OPENDIR', nodeid, {}, pack(s.fuse_open_in, { flags: O_RDONLY | O_DIRECTORY })));
  }

  async releasedir(nodeid: bigint, fh: bigint): Promise<void> {
    await this.call('RELEASEDIR', nodeid, {}, pack(s.fuse_release_in, { fh }));
  }

  async readdir(nodeid: bigint, fh: bigint, offset = 0n, size = 65_536): Promise<ListedEntry[]> {
    return entriesOf(await this.call('READDIR', nodeid, {}, pack(s.fuse_read_in, { fh, offset, size })));
  }

  async readdirplus(nodeid: bigint, fh: bigint, offset = 0n, size = 65_536): Promise<EntryPlus[]> {
    return entriesPlusOf(await this.call('READDIRPLUS', nodeid, {}, pack(s.fuse_read_in, { fh, offset, size })));
  }

  /** Names of a whole directory, read in pieces of `size` bytes, without "." and "..". */
  async names(nodeid: bigint, size = 65_536): Promise<string[]> {
    const fh = await this.opendir(nodeid);
    const names: string[] = [];
    let offset = 0n;
    for (;;) {
      const entries = await this.readdir(nodeid, fh, offset, size);
      if (entries.length === 0) break;
      names.push(...entries.map(({ name }) => name.toString('latin1')));
      offset = entries.at(-1)!.off;
    }
    await this.releasedir(nodeid, fh);
    return names.filter((name) => name !== '.' && name !== '..');
  }

  // -- the rest ------------------------------------------------------------------------------------------------------

  fsync(nodeid: bigint, fh: bigint, fsync_flags = 0): Promise<Buffer> {
    return this.call('FSYNC', nodeid, {}, pack(s.fuse_fsync_in, { fh, fsync_flags }));
  }

  getxattr(nodeid: bigint, name: string, size = 65_536): Promise<Buffer> {
    return this.call('GETXATTR', nodeid, {}, pack(s.fuse_getxattr_in, { size }), cstring(name));
  }

  async setxattr(nodeid: bigint, name: string, value: Uint8Array | string, flags = 0): Promise<void> {
    const bytes = Buffer.from(value);
    const fixed = pack(s.fuse_setxattr_in, { size: bytes.length, flags });
    await this.call('SETXATTR', nodeid, {}, fixed, cstring(name), bytes);
  }

  listxattr(nodeid: bigint, size = 65_536): Promise<Buffer> {
    return this.call('LISTXATTR', nodeid, {}, pack(s.fuse_getxattr_in, { size }));
  }

  async removexattr(nodeid: bigint, name: string): Promise<void> {
    await this.call('REMOVEXATTR', nodeid, {}, cstring(name));
  }
}
