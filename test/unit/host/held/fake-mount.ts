/** A mount without a disk: regular files by name in one directory, descriptors by number, and what {@link HeldFiles} asks for. */
import type { Context } from '../../../../host/context.js';
import { HeldFiles } from '../../../../host/held/files.js';
import { Answerer, heldBytes, Used } from '../../../../host/held/shared.js';
import { CLIENTS_BYTES, Marks } from '../../../../host/live/clients.js';
import { HandleKind, HandleTable } from '../../../../host/state/handles.js';
import { NodeTable, ROOT } from '../../../../host/state/nodes.js';
import type { Os } from '../../../../native/os.js';
import { Errno } from '../../../../protocol/errno.js';
import { O_RDONLY, O_WRONLY, S_IFDIR, S_IFREG } from '../../../../protocol/linux.js';

const HANDLES = 64;

interface File {
  readonly node: number;
  readable: boolean;
  writable: boolean;
  /** its name leads to it */
  named: boolean;
}

export class FakeMount {
  readonly nodes = new NodeTable(64);
  readonly handles: HandleTable;
  readonly files: HeldFiles;
  readonly shared = new SharedArrayBuffer(heldBytes(HANDLES));
  readonly answerer = new Answerer(this.shared);
  /** open descriptor → its file and flags */
  readonly open = new Map<number, { file: File; flags: number }>();
  /** what was closed after it had been open for writing, as nodes */
  readonly ended: number[] = [];
  /** nodes that the guest was told to read anew */
  readonly dropped: number[] = [];
  readonly alarms: number[] = [];
  /** slots that the data lane has pinned */
  readonly pinned = new Set<number>();
  now = 0;
  readOnly = false;
  readonly #files = new Map<number, File>();
  #next = 10;

  constructor(budget: number) {
    const slots = new Map<number, number>();
    const os = {
      slotOpen: (slot: number, _: number, fd: number) => this.#enter(slots, slot, fd),
      slotOpenNode: (slot: number, _: number, fd: number) => this.#enter(slots, slot, fd),
      slotClose: (slot: number) => {
        this.#end(slots, slot);
        return this.pinned.has(slot) ? 0 : 1;
      },
      slotCloseIdle: (slot: number) => {
        if (this.pinned.has(slot)) return 0;
        this.#end(slots, slot);
        return 1;
      },
      close: (fd: number) => (this.open.delete(fd) ? 0 : -Errno.EBADF),
      access: (fd: number) => (this.open.get(fd)!.file.writable ? 0 : -Errno.EACCES),
    } as unknown as Os;
    this.handles = new HandleTable(os, this.nodes, HANDLES);
    this.nodes.setRoot(0, 1, 0, 0, S_IFDIR);
    const mount = this;
    const context = {
      os,
      nodes: this.nodes,
      handles: this.handles,
      arena: { memory: new Uint8Array(1 << 22) },
      inspect: { isNode: (_: number, __: number, node: number) => this.#files.get(node)!.named },
      directory: () => 3,
      isDirectory: (node: number) => node === ROOT,
      get readOnly() {
        return mount.readOnly;
      },
      live: {
        opened: () => {},
        closing: () => {},
        closed: (node: number) => {
          this.ended.push(node);
          return String(node);
        },
        closedLater: () => {},
        outbox: { push: ({ node }: { node: number }) => this.dropped.push(node) },
      },
    } as unknown as Context;
    const openNode = (_: Context, node: number, flags: number) => this.openNode(node, flags);
    this.files = new HeldFiles(
      context,
      this.answerer,
      new Marks(new SharedArrayBuffer(CLIENTS_BYTES), 0),
      openNode,
      budget,
      (ms) => this.alarms.push(ms),
      () => this.now,
    );
    this.nodes.onUnknown = (node) => this.files.forget(node);
  }

  /** A file that the guest knows: its node. */
  file(name: string, { readable = true, writable = true } = {}): number {
    const bytes = Buffer.from(name);
    const node = this.nodes.enter(0, 100 + this.#files.size, 0, 0, S_IFREG, ROOT, bytes, 0, bytes.length);
    this.#files.set(node, { node, readable, writable, named: true });
    return node;
  }

  of(node: number): File {
    return this.#files.get(node)!;
  }

  openNode(node: number, flags: number): number {
    const file = this.of(node);
    if ((flags !== O_WRONLY && !file.readable) || (flags !== O_RDONLY && !file.writable)) return -Errno.EACCES;
    if (!file.named && this.nodes.handle[node] < 0) return -Errno.ESTALE;
    return this.opened(node, flags);
  }

  /** A descriptor that a request has opened. */
  opened(node: number, flags: number): number {
    const fd = this.#next++;
    this.open.set(fd, { file: this.of(node), flags });
    return fd;
  }

  /** Nodes whose files are open, with their access modes. */
  get held(): [node: number, flags: number][] {
    return [...this.open.values()]
      .map(({ file, flags }): [number, number] => [file.node, flags])
      .sort((a, b) => a[0] - b[0]);
  }

  /** As the data lane does it: the slot that the hint says is used. */
  used(handle: number, bits: number = Used.READ): void {
    this.answerer.touch(handle, bits);
  }

  /** Time goes by, and the alarm that was set rings. */
  ring(milliseconds: number): void {
    this.now += milliseconds;
    this.files.ring();
  }

  kindOf(handle: number): number {
    return this.handles.kind[handle] === HandleKind.NODE ? HandleKind.NODE : -1;
  }

  #enter(slots: Map<number, number>, slot: number, fd: number): number {
    if (slots.has(slot)) return -Errno.EBUSY;
    slots.set(slot, fd);
    return 0;
  }

  #end(slots: Map<number, number>, slot: number): void {
    this.open.delete(slots.get(slot)!);
    slots.delete(slot);
  }
}
