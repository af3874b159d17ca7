/**
 * Valid requests for a mount, one after the other, built from what its answers have told: real nodeids, handles, names.
 * They are what gets mutated, so that mutations come through the first checks and reach the handlers.
 */
import { Opcode, type OpcodeName } from '../../../protocol/fuse/opcodes.js';
import * as s from '../../../protocol/fuse/structs.js';
import { cstring, pack, type Reply } from '../../host/support/message.js';
import type { Random } from '../../unit/protocol/random.js';

interface Handle {
  readonly nodeid: bigint;
  readonly fh: bigint;
}

/** What is asked; the header's other members are the sender's. */
export interface Asked {
  readonly opcode: OpcodeName;
  readonly nodeid: bigint;
  readonly body: Buffer[];
}

const S_IFMT = 0o170_000;
const S_IFDIR = 0o040_000;
const MODE_AT = s.fuse_entry_out.at.attr + s.fuse_attr.at.mode;
const MOST_KNOWN = 150;
const NAMES = ['a', 'b', 'c', 'dir', 'file', 'link', 'x'.repeat(255), 'ä\n', '.hidden', '...'];
const XATTRS = ['user.a', 'user.b', 'user.containers.override_stat', 'security.x', 'user.', 'trusted.y'];

export class Conversation {
  readonly directories: bigint[] = [1n];
  readonly others: bigint[] = [];
  readonly files: Handle[] = [];
  readonly listings: Handle[] = [];
  private readonly asked = new Map<bigint, Asked>();

  constructor(private readonly random: Random) {}

  /** The next request. */
  next(): Asked {
    const { random } = this;
    if (this.files.length > MOST_KNOWN) return this.releaseOf(this.files.shift()!, 'RELEASE');
    if (this.listings.length > MOST_KNOWN) return this.releaseOf(this.listings.shift()!, 'RELEASEDIR');
    if (this.others.length > MOST_KNOWN) return this.forgetOf(this.others.shift()!);
    const build = random.pick(builders);
    return build(this, random);
  }

  /** Remembers what was asked with this unique, for `learn`. */
  sent(unique: bigint, asked: Asked): void {
    this.asked.set(unique, asked);
  }

  /** Takes nodeids and handles out of answers. */
  learn({ unique, error, body }: Reply): void {
    const asked = this.asked.get(unique);
    this.asked.delete(unique);
    if (asked === undefined || error !== 0) return;
    const { opcode, nodeid } = asked;
    const isOpen = body.length === s.fuse_open_out.size;
    if (body.length >= s.fuse_entry_out.size && (MAKERS as readonly string[]).includes(opcode)) {
      const entry = body.readBigUInt64LE(0);
      const isDirectory = (body.readUInt32LE(MODE_AT) & S_IFMT) === S_IFDIR;
      if (isDirectory && this.directories.length < MOST_KNOWN) this.directories.push(entry);
      else this.others.push(entry);
      if (body.length > s.fuse_entry_out.size)
        this.files.push({ nodeid: entry, fh: body.readBigUInt64LE(s.fuse_entry_out.size) });
    } else if (opcode === 'OPEN' && isOpen) {
      this.files.push({ nodeid, fh: body.readBigUInt64LE(0) });
    } else if (opcode === 'OPENDIR' && isOpen) {
      this.listings.push({ nodeid, fh: body.readBigUInt64LE(0) });
    }
  }

  /** Any 64-bit number that means something here. */
  known(): bigint {
    const numbers = [...this.directories, ...this.others, ...[...this.files, ...this.listings].map(({ fh }) => fh)];
    return this.random.pick(numbers);
  }

  /** A node that is no directory. */
  isKnownOther(nodeid: bigint): boolean {
    return this.others.includes(nodeid);
  }

  directory(): bigint {
    return this.random.pick(this.directories);
  }

  node(): bigint {
    return this.random.below(3) === 0 || this.others.length === 0 ? this.directory() : this.random.pick(this.others);
  }

  file(): Handle {
    return this.files.length === 0 ? { nodeid: this.node(), fh: 1n } : this.random.pick(this.files);
  }

  listing(): Handle {
    return this.listings.length === 0 ? { nodeid: 1n, fh: 1n } : this.random.pick(this.listings);
  }

  name(): Buffer {
    return cstring(this.random.pick(NAMES));
  }

  private releaseOf({ nodeid, fh }: Handle, opcode: 'RELEASE' | 'RELEASEDIR'): Asked {
    return { opcode, nodeid, body: [pack(s.fuse_release_in, { fh })] };
  }

  private forgetOf(nodeid: bigint): Asked {
    return { opcode: 'FORGET', nodeid, body: [pack(s.fuse_forget_in, { nlookup: 1 })] };
  }
}

/** Operations whose answer begins with a fuse_entry_out. */
const MAKERS = ['LOOKUP', 'CREATE', 'MKDIR', 'MKNOD', 'SYMLINK', 'LINK', 'TMPFILE'] as const;

type Build = (c: Conversation, r: Random) => Asked;

const lock = (c: Conversation, r: Random, opcode: OpcodeName): Asked => {
  const { nodeid, fh } = c.file();
  const start = r.below(100);
  const lk = { start, end: start + r.below(50), type: r.below(3), pid: r.below(1000) };
  const fixed = pack(s.fuse_lk_in, { fh, owner: BigInt(r.below(4)), lk, lk_flags: r.below(4) === 0 ? 1 : 0 });
  return { opcode, nodeid, body: [fixed] };
};
const list = (c: Conversation, r: Random, opcode: OpcodeName): Asked => {
  const { nodeid, fh } = c.listing();
  return { opcode, nodeid, body: [pack(s.fuse_read_in, { fh, offset: r.below(3), size: r.below(5000) })] };
};
const sync = (handle: Handle, r: Random, opcode: OpcodeName): Asked => ({
  opcode,
  nodeid: handle.nodeid,
  body: [pack(s.fuse_fsync_in, { fh: handle.fh, fsync_flags: r.below(2) })],
});
const copy = (c: Conversation, r: Random, opcode: OpcodeName): Asked => {
  const [from, to] = [c.file(), c.file()];
  const members = { fh_in: from.fh, nodeid_out: to.nodeid, fh_out: to.fh, off_in: r.below(10), len: r.below(100_000) };
  return { opcode, nodeid: from.nodeid, body: [pack(s.fuse_copy_file_range_in, members)] };
};
const write: Build = (c, r) => {
  const { nodeid, fh } = c.file();
  const data = Buffer.alloc(r.below(50) === 0 ? r.below(300_000) : r.below(2000), r.below(256));
  const members = { fh, offset: r.below(100_000), size: data.length, write_flags: r.below(8), flags: r.below(2) << 10 };
  return { opcode: 'WRITE', nodeid, body: [pack(s.fuse_write_in, members), data] };
};
const read: Build = (c, r) => {
  const { nodeid, fh } = c.file();
  const size = r.below(20) === 0 ? r.below(1 << 20) : r.below(5000);
  return { opcode: 'READ', nodeid, body: [pack(s.fuse_read_in, { fh, offset: r.below(100_000), size })] };
};

/** One per operation; what leads on to more comes more often. */
const builders: readonly Build[] = [
  ...Array.from({ length: 5 }, (): Build => (c) => ({ opcode: 'LOOKUP', nodeid: c.directory(), body: [c.name()] })),
  ...Array.from(
    { length: 3 },
    (): Build => (c, r) => ({
      opcode: 'CREATE',
      nodeid: c.directory(),
      body: [pack(s.fuse_create_in, { flags: 2 | (r.below(2) << 9), mode: 0o100_000 | r.below(0o10_000) }), c.name()],
    }),
  ),
  ...Array.from(
    { length: 3 },
    (): Build => (c, r) => ({
      opcode: 'OPEN',
      nodeid: c.node(),
      body: [pack(s.fuse_open_in, { flags: r.pick([0, 1, 2, 0o1002, 0o2001]) })],
    }),
  ),
  read,
  read,
  write,
  write,
  (c, r) => ({
    opcode: 'MKDIR',
    nodeid: c.directory(),
    body: [pack(s.fuse_mkdir_in, { mode: r.below(0o2000) }), c.name()],
  }),
  (c, r) => ({
    opcode: 'MKNOD',
    nodeid: c.directory(),
    body: [
      pack(s.fuse_mknod_in, { mode: r.pick([0o100_644, 0o010_600, 0o140_777, 0o020_666]), rdev: 0x103 }),
      c.name(),
    ],
  }),
  (c, r) => ({
    opcode: 'SYMLINK',
    nodeid: c.directory(),
    body: [c.name(), cstring(r.pick(['..', '../../secret/f', '/etc/passwd', 'x'.repeat(4000)]))],
  }),
  (c) => ({ opcode: 'LINK', nodeid: c.directory(), body: [pack(s.fuse_link_in, { oldnodeid: c.node() }), c.name()] }),
  (c) => ({ opcode: 'UNLINK', nodeid: c.directory(), body: [c.name()] }),
  (c) => ({ opcode: 'RMDIR', nodeid: c.directory(), body: [c.name()] }),
  (c) => ({
    opcode: 'RENAME',
    nodeid: c.directory(),
    body: [pack(s.fuse_rename_in, { newdir: c.directory() }), c.name(), c.name()],
  }),
  (c, r) => ({
    opcode: 'RENAME2',
    nodeid: c.directory(),
    body: [pack(s.fuse_rename2_in, { newdir: c.directory(), flags: r.below(4) }), c.name(), c.name()],
  }),
  (c) => ({
    opcode: 'TMPFILE',
    nodeid: c.directory(),
    body: [pack(s.fuse_create_in, { flags: 0o20_200_002, mode: 0o100_600 }), cstring('/')],
  }),
  (c, r) => ({
    opcode: 'SETATTR',
    nodeid: c.node(),
    body: [
      pack(s.fuse_setattr_in, {
        ...{ valid: r.below(0x1000), fh: c.file().fh, size: r.below(100_000), mode: r.below(0o10_000) },
        ...{ uid: r.below(2000), gid: r.below(2000), atime: r.below(1 << 30), mtimensec: r.below(1e9) },
      }),
    ],
  }),
  (c) => ({ opcode: 'GETATTR', nodeid: c.node(), body: [pack(s.fuse_getattr_in, {})] }),
  (c) => ({ opcode: 'STATX', nodeid: c.node(), body: [pack(s.fuse_statx_in, { sx_mask: 0xfff })] }),
  (c) => ({ opcode: 'READLINK', nodeid: c.node(), body: [] }),
  (c, r) => ({ opcode: 'ACCESS', nodeid: c.node(), body: [pack(s.fuse_access_in, { mask: r.below(8) })] }),
  (c) => ({ opcode: 'STATFS', nodeid: c.node(), body: [] }),
  (c) => ({ opcode: 'OPENDIR', nodeid: c.directory(), body: [pack(s.fuse_open_in, {})] }),
  (c, r) => list(c, r, 'READDIR'),
  (c, r) => list(c, r, 'READDIRPLUS'),
  (c) => ({ opcode: 'FLUSH', nodeid: c.file().nodeid, body: [pack(s.fuse_flush_in, { fh: c.file().fh })] }),
  (c, r) => sync(c.file(), r, 'FSYNC'),
  (c, r) => sync(c.listing(), r, 'FSYNCDIR'),
  () => ({ opcode: 'SYNCFS', nodeid: 1n, body: [pack(s.fuse_syncfs_in, {})] }),
  (c, r) => {
    const value = Buffer.alloc(r.below(300), 1);
    const fixed = pack(s.fuse_setxattr_in, { size: value.length, flags: r.below(3) });
    return { opcode: 'SETXATTR', nodeid: c.node(), body: [fixed, cstring(r.pick(XATTRS)), value] };
  },
  (c, r) => ({
    opcode: 'GETXATTR',
    nodeid: c.node(),
    body: [pack(s.fuse_getxattr_in, { size: r.pick([0, 10, 65_536]) }), cstring(r.pick(XATTRS))],
  }),
  (c, r) => ({
    opcode: 'LISTXATTR',
    nodeid: c.node(),
    body: [pack(s.fuse_getxattr_in, { size: r.pick([0, 10, 65_536]) })],
  }),
  (c, r) => ({ opcode: 'REMOVEXATTR', nodeid: c.node(), body: [cstring(r.pick(XATTRS))] }),
  (c, r) => lock(c, r, 'GETLK'),
  (c, r) => lock(c, r, 'SETLK'),
  (c, r) => lock(c, r, 'SETLKW'),
  (_, r) => ({
    opcode: 'INTERRUPT',
    nodeid: 0n,
    body: [pack(s.fuse_interrupt_in, { unique: BigInt(r.below(5000)) * 2n })],
  }),
  (c, r) => {
    const { nodeid, fh } = c.file();
    const fixed = pack(s.fuse_lseek_in, { fh, offset: r.below(1000), whence: 3 + r.below(2) });
    return { opcode: 'LSEEK', nodeid, body: [fixed] };
  },
  (c, r) => {
    const { nodeid, fh } = c.file();
    const fixed = pack(s.fuse_fallocate_in, {
      fh,
      offset: r.below(10_000),
      length: r.below(10_000),
      mode: r.pick([0, 1, 3, 16]),
    });
    return { opcode: 'FALLOCATE', nodeid, body: [fixed] };
  },
  (c, r) => copy(c, r, 'COPY_FILE_RANGE'),
  (c, r) => copy(c, r, 'COPY_FILE_RANGE_64'),
  (c) => ({
    opcode: 'BATCH_FORGET',
    nodeid: 0n,
    body: [
      pack(s.fuse_batch_forget_in, { count: 2 }),
      ...[c.node(), c.node()].map((nodeid) => pack(s.fuse_forget_one, { nodeid, nlookup: 1 })),
    ],
  }),
];

/** Which lane an operation belongs on. */
export function isData(opcode: number): boolean {
  return opcode === Opcode.READ || opcode === Opcode.WRITE;
}
