/** What a handler works with: the state of one mount, owned by its metadata lane's worker. */
import { type Os, SELF } from '../native/os.js';
import { Errno } from '../protocol/errno.js';
import { FOPEN_DIRECT_IO } from '../protocol/fuse/flags.js';
import { S_IFDIR, S_IFLNK, S_IFREG } from '../protocol/linux.js';
import type { Arena } from './arena.js';
import { NAME, STAT_AT } from './arena.js';
import type { Descriptors } from './cache/descriptors.js';
import type { Inspector } from './cache/inspect.js';
import type { CachePolicy } from './cache/policy.js';
import type { HeldFiles } from './held/files.js';
import type { Listings } from './held/listings.js';
import type { Live } from './live/live.js';
import type { Ownership } from './ownership/ownership.js';
import type { Request } from './request.js';
import { HandleKind, type HandleTable } from './state/handles.js';
import { type Identity, isAmong } from './state/identity.js';
import type { LockTable } from './state/locks.js';
import { type NodeTable, ROOT } from './state/nodes.js';

export interface ContextParts {
  readonly os: Os;
  readonly arena: Arena;
  readonly lane: number;
  readonly rootFd: number;
  readonly readOnly: boolean;
  readonly policy: CachePolicy;
  readonly nodes: NodeTable;
  readonly handles: HandleTable;
  readonly inspect: Inspector;
  readonly descriptors: Descriptors;
  readonly ownership: Ownership;
  readonly locks: LockTable;
}

export class Context implements ContextParts {
  readonly os: Os;
  readonly arena: Arena;
  readonly lane: number;
  readonly rootFd: number;
  readonly readOnly: boolean;
  readonly policy: CachePolicy;
  readonly nodes: NodeTable;
  readonly handles: HandleTable;
  readonly inspect: Inspector;
  readonly descriptors: Descriptors;
  readonly ownership: Ownership;
  readonly locks: LockTable;
  /** agreed by INIT: 0 before it */
  minor = 0;
  /** FUSE_SETXATTR_EXT was agreed: SETXATTR carries the long struct */
  longSetxattr = false;
  /** FUSE_DIRECT_IO_ALLOW_MMAP was agreed: a file opened for direct I/O can still be mapped */
  directMappable = false;
  /**
   * The guest's kernel opens, flushes and closes by itself (FUSE_NO_OPEN_SUPPORT, FUSE_NO_OPENDIR_SUPPORT), agreed by INIT: requests say
   * fh 0 and mean their node
   */
  noOpen = false;
  /** close(2) of the host may have news, so FLUSH is wanted even so */
  flushes = false;
  /** what is open where the guest opens nothing */
  files!: HeldFiles;
  listings!: Listings;
  /** watches what the guest knows and tells it what the host changes; undefined: nothing is watched */
  live: Live | undefined;
  /** directories that are roots of mounts in the guest, besides the root of the superblock */
  shown: readonly Identity[] = [];
  /** where the last {@link locate} found the object: a target of the system calls */
  targetFd = -1;
  targetName = SELF;

  constructor(parts: ContextParts) {
    this.os = parts.os;
    this.arena = parts.arena;
    this.lane = parts.lane;
    this.rootFd = parts.rootFd;
    this.readOnly = parts.readOnly;
    this.policy = parts.policy;
    this.nodes = parts.nodes;
    this.handles = parts.handles;
    this.inspect = parts.inspect;
    this.descriptors = parts.descriptors;
    this.ownership = parts.ownership;
    this.locks = parts.locks;
  }

  /** Told by INIT. */
  beginNoOpen(agreed: boolean): void {
    this.noOpen = agreed;
    if (agreed) this.files.begin();
  }

  isDirectory(slot: number): boolean {
    return this.nodes.type[slot] === S_IFDIR;
  }

  /**
   * Finds a way to the node's object and leaves it as target (targetFd, targetName): the directory's own descriptor, an
   * open handle, a kept descriptor, or its name below the parent. 0 or -errno (ESTALE: no way leads there any more).
   */
  locate(slot: number): number {
    this.targetName = SELF;
    if (this.isDirectory(slot)) {
      this.targetFd = this.directory(slot);
      return Math.min(0, this.targetFd);
    }
    const handle = this.nodes.handle[slot];
    if (handle >= 0 && this.live?.linked.has(slot) === true && this.locateByName(slot) === 0) {
      // The handle's own name may be gone, and what is done through it would be seen on the host under none.
      if (this.inspect.isNode(this.targetFd, NAME, slot)) return 0;
    }
    this.targetName = SELF;
    const fd = handle >= 0 ? this.handles.fd[handle] : this.descriptors.orphan(slot);
    if (fd >= 0) {
      this.targetFd = fd;
      return 0;
    }
    return this.locateByName(slot);
  }

  private locateByName(slot: number): number {
    if (this.nodes.nameLength[slot] === 0) return -Errno.ESTALE;
    const base = this.directory(this.nodes.parent[slot]);
    if (base < 0) return base;
    this.nodes.copyName(slot, this.arena.memory, NAME);
    this.targetFd = base;
    this.targetName = NAME;
    return 0;
  }

  /**
   * A descriptor of a directory for use as a base, or -errno. An open handle is a way to it as well, but no way around
   * the rule that it has to be inside the share.
   */
  directory(slot: number): number {
    const fd = this.descriptors.directory(slot);
    const handle = this.nodes.handle[slot];
    if (fd !== -Errno.ESTALE || handle < 0 || slot === ROOT) return fd;
    const open = this.handles.fd[handle];
    return this.descriptors.isInside(open, slot) ? open : fd;
  }

  /** Locates and stats a node with the host's numbers, insisting on its identity. */
  look(slot: number): number {
    const failed = this.lookOnce(slot);
    return failed === -Errno.ESTALE && this.findAnew(slot) ? this.lookOnce(slot) : failed;
  }

  /** The name by which the node was found leads elsewhere or nowhere: a file may have others. False: none is known. */
  findAnew(slot: number): boolean {
    if (this.live === undefined || this.isDirectory(slot)) return false;
    const gone = Buffer.from(this.nodes.nameText(slot), 'latin1');
    return this.live.findOtherName(slot, this.nodes.parent[slot], gone);
  }

  private lookOnce(slot: number): number {
    const lost = this.locate(slot);
    if (lost < 0) return lost;
    const failed = this.inspect.lookAt(this.targetFd, this.targetName, slot);
    if (failed === -Errno.ENOENT || (failed === 0 && this.inspect.links === 0 && this.isShown(slot)))
      return -Errno.ESTALE;
    return failed;
  }

  /** What a miss in the directory means: -ENOENT, but -ESTALE if it is the root of a mount and was removed on the host. */
  missing(directory: number): number {
    return this.isGone(directory) ? -Errno.ESTALE : -Errno.ENOENT;
  }

  /** Whether it is the root of a mount, and was removed on the host: it must not look like an empty directory then. */
  isGone(directory: number): boolean {
    if (!this.isShown(directory)) return false;
    const fd = this.directory(directory);
    return fd < 0 || this.descriptors.isRemoved(fd);
  }

  private isShown(slot: number): boolean {
    return slot === ROOT || isAmong(this.shown, this.nodes, slot);
  }

  /** As {@link look}, with owner and mode as the caller of `request` sees them; record at STAT_AT. */
  report(slot: number, request: Request): number {
    const failed = this.look(slot);
    if (failed < 0) return failed;
    this.ownership.report(this.targetFd, this.targetName, STAT_AT, slot, request.uid, request.gid);
    return 0;
  }

  /**
   * A descriptor of the node's very object for calls that take no name; identity checked. {@link letGo} ends its use.
   * -errno on failure.
   */
  take(slot: number): number {
    const fd = this.takeOnce(slot);
    return fd === -Errno.ESTALE && this.findAnew(slot) ? this.takeOnce(slot) : fd;
  }

  private takeOnce(slot: number): number {
    const lost = this.locate(slot);
    if (lost < 0) return lost;
    if (this.targetName === SELF) return this.targetFd;
    const fd = this.withRetry(() => this.os.openObject(this.targetFd, this.targetName));
    if (fd < 0) return fd === -Errno.ENOENT ? -Errno.ESTALE : fd;
    if (!this.inspect.isNode(fd, SELF, slot)) {
      this.os.close(fd);
      return -Errno.ESTALE;
    }
    return fd;
  }

  /** Ends the use of a descriptor from {@link take}; nothing else may have been located or taken in between. */
  letGo(fd: number): void {
    // After `take`, a target with a name means that the descriptor was opened for this call.
    if (this.targetName !== SELF) this.os.close(fd);
  }

  /** Runs an opening call; if descriptors have run out, gives cached ones back and tries once more. */
  withRetry(open: () => number): number {
    const fd = open();
    if (fd !== -Errno.EMFILE && fd !== -Errno.ENFILE) return fd;
    return this.descriptors.shrink() || this.files.shrink() ? open() : fd;
  }

  /**
   * The handle of an operation on an open file: the one that its fh (two words) says or, where the guest opens none, the one that is
   * held for the node, for {@link Access}. -errno.
   */
  openHandle(node: number, lo: number, hi: number, access: number): number {
    if (this.noOpen && lo === 0 && hi === 0) return this.files.hold(node, access);
    const handle = this.handles.slotFor(lo, hi, HandleKind.FILE, node);
    return handle < 0 ? -Errno.EBADF : handle;
  }

  /** Enters the object that `inspect` saw as (parent, name), one lookup more; its slot. */
  enter(parent: number, nameOff: number, nameLength: number): number {
    const i = this.inspect;
    const slot = this.nodes.enter(
      i.device,
      i.inoLo,
      i.inoHi,
      i.birth,
      i.type,
      parent,
      this.arena.memory,
      nameOff,
      nameLength,
    );
    this.descriptors.dropOrphan(slot);
    this.live?.learned(parent, nameOff, nameLength, slot);
    return slot;
  }

  /** Seconds for which the guest may use the node's name unasked. Sockets, FIFOs and devices are never kept. */
  entryValid(slot: number): number {
    if (this.policy.entryValid === 0 || !this.mayKeep(slot)) return 0;
    return this.live?.isUnderWay(slot) === true ? 0 : this.policy.entryValid;
  }

  /**
   * Seconds for which the guest may use the attributes at STAT_AT, as they were just reported: none if another caller would
   * be told another owner. The watch is on the directories that the guest knows; a file with links elsewhere could change
   * unseen, unless it is watched itself.
   */
  attrValid(slot: number): number {
    if (this.policy.attrValid === 0 || this.ownership.dependsOnCaller || !this.mayKeep(slot)) return 0;
    // A directory's times and links move with its content.
    if (this.isDirectory(slot) && this.live?.keeps(slot) !== true) return 0;
    return this.hasOtherLinks(slot) ? 0 : this.policy.attrValid;
  }

  /**
   * FOPEN_* of the open file behind `fd`: whether its content may be kept from one open to the next. Where a stricter mount rules
   * not even from one read to the next: this superblock's kernel does not drop it by itself when the times have moved.
   */
  openFlags(slot: number, fd: number): number {
    // Whoever is told of changes may not believe its own pages: an attribute that comes while something else is told of the file is
    // dropped by the kernel, and a descriptor that stays open would be read as it was.
    if (this.policy.openFlags === 0) return this.live !== undefined && this.directMappable ? FOPEN_DIRECT_IO : 0;
    if (this.isRuled(this.nodes.parent[slot])) return this.directMappable ? FOPEN_DIRECT_IO : 0;
    if (!this.mayKeep(slot) || this.inspect.look(fd, SELF) < 0) return 0;
    return this.hasOtherLinks(slot) ? 0 : this.policy.openFlags;
  }

  /** Whether a stricter mount rules this directory: nothing of it may be kept. */
  isRuled(directory: number): boolean {
    const ruled = this.live?.overlap.ruled;
    return ruled !== undefined && !ruled.none && ruled.covers(directory);
  }

  private hasOtherLinks(slot: number): boolean {
    if (this.isDirectory(slot) || this.inspect.links <= 1) return false;
    return this.nodes.type[slot] !== S_IFREG || this.live?.linked.isWatched(slot) !== true;
  }

  private mayKeep(slot: number): boolean {
    if (this.live === undefined) return false;
    if (slot === ROOT) return this.live.keeps(ROOT);
    const type = this.nodes.type[slot];
    if (type !== S_IFDIR && type !== S_IFREG && type !== S_IFLNK) return false;
    return this.nodes.nameLength[slot] > 0 && this.live.keeps(this.nodes.parent[slot]);
  }

  /** The known node that `inspect` saw, or -1. */
  known(): number {
    const i = this.inspect;
    const slot = this.nodes.find(i.device, i.inoLo, i.inoHi, i.birth);
    return slot !== ROOT ? slot : -1;
  }
}
