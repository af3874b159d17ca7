/**
 * A host that changes and announces its changes by the recipes: a tree in memory, FUSE answers for everybody from the tree as it
 * is, and answers for injected calls that make the kernel believe they have done what has happened here already.
 */
import assert from 'node:assert/strict';
import { ANNOUNCED, announced_in } from '../../../protocol/announce.js';
import { Errno } from '../../../protocol/errno.js';
import { Opcode, opcodeName } from '../../../protocol/fuse/opcodes.js';
import { fuse_attr_out, fuse_entry_out, fuse_open_out } from '../../../protocol/fuse/structs.js';
import { S_IFDIR, S_IFMT, S_IFREG } from '../../../protocol/linux.js';
import { barrier, type Call, inject } from '../../support/announcements.js';
import type { FakeDaemon } from './fake-daemon.js';
import { emptyRoot, pack, type Request, reply } from './fake-fs.js';

export interface Node {
  readonly id: bigint;
  readonly mode: number;
  nlink: number;
  size: number;
  mtime: bigint;
  readonly entries: Map<string, Node>;
}

/** What injected calls are shown instead of the tree. */
export interface Shadow {
  /** `nodeid/name` → what was there before, undefined: nothing */
  readonly names?: Readonly<Record<string, Node | undefined>>;
  /** the victim of an unlink has one link more than on the host */
  readonly doomed?: Node;
}

const text = (body: Buffer, at: number) => body.toString('latin1', at, body.indexOf(0, at));

export class ScriptedHost {
  readonly root: Node = this.#node(1n, S_IFDIR | 0o755);
  /** How long the kernel may keep names and attributes, seconds. */
  validity = 0n;
  /** Requests of injected calls, and answers to announcements, in the order of their arrival. */
  readonly log: string[] = [];
  /** Has the first word about a request of an injected call. */
  intercept: ((request: Request) => Buffer | undefined | 'usual') | undefined;
  readonly #nodes = new Map<bigint, Node>([[1n, this.root]]);
  readonly #daemon: FakeDaemon;
  #shadow: Shadow = {};
  #seq = 0n;

  constructor(daemon: FakeDaemon) {
    this.#daemon = daemon;
    daemon.answer = (request) => this.#answer(request);
  }

  #node(id: bigint, mode: number): Node {
    return { id, mode, nlink: 1, size: 0, mtime: 1000n, entries: new Map() };
  }

  /** Something new on the host. */
  make(mode: number = S_IFREG | 0o644): Node {
    const node = this.#node(BigInt(this.#nodes.size + 1), mode);
    this.#nodes.set(node.id, node);
    return node;
  }

  add(parent: Node, name: string, mode?: number): Node {
    const node = this.make(mode);
    parent.entries.set(name, node);
    return node;
  }

  directory(parent: Node, name: string): Node {
    return this.add(parent, name, S_IFDIR | 0o755);
  }

  /** Announces a call and waits for its answer: 0 or a positive errno. */
  async inject(call: Call, shadow: Shadow = {}): Promise<number> {
    this.#shadow = shadow;
    try {
      return await this.send((seq) => inject(seq, call));
    } finally {
      this.#shadow = {};
    }
  }

  /** Resolves when everything before it was carried out. */
  async barrier(): Promise<void> {
    assert.equal(await this.send(barrier), 0);
  }

  /** Announces what has an answer, behind what has none: 0 or a positive errno. */
  async send(make: (seq: bigint) => Buffer, ...before: Buffer[]): Promise<number> {
    const seq = ++this.#seq;
    let error = 0;
    const answered = this.#daemon.until('request', ({ opcode, body }) => {
      if (opcode !== ANNOUNCED || body.readBigUInt64LE(announced_in.at.seq) !== seq) return false;
      error = Math.abs(body.readInt32LE(announced_in.at.error));
      return true;
    });
    this.tell(Buffer.concat([...before, make(seq)]));
    await answered;
    return error;
  }

  tell(message: Buffer): void {
    this.#daemon.lanes.get('meta')!.write(message);
  }

  attributes(node: Node, nlink = node.nlink): Record<string, number | bigint> {
    const blksize = 4096;
    return {
      ino: node.id,
      mode: node.mode,
      nlink,
      size: BigInt(node.size),
      mtime: node.mtime,
      ctime: node.mtime,
      blksize,
    };
  }

  entry(node: Node, nlink = node.nlink): Uint8Array {
    const attr = this.attributes(node, nlink);
    return pack(fuse_entry_out, { nodeid: node.id, entry_valid: this.validity, attr_valid: this.validity, attr });
  }

  #answer(request: Request): Buffer | undefined {
    if (request.opcode === ANNOUNCED) {
      const { seq, error } = announced_in.at;
      this.log.push(`announced ${request.body.readBigUInt64LE(seq)} ${request.body.readInt32LE(error)}`);
      return undefined;
    }
    if (!request.injected) return this.#usual(request, {});
    this.log.push(opcodeName(request.opcode));
    const first = this.intercept?.(request) ?? (this.intercept === undefined ? 'usual' : undefined);
    return first === 'usual' ? this.#injected(request) : first;
  }

  #injected(request: Request): Buffer | undefined {
    const { opcode, unique, nodeid, body } = request;
    const made = (parent: bigint, name: string) => {
      const node = this.#nodes.get(parent)!.entries.get(name);
      return node === undefined ? reply(unique, Errno.ENOENT) : reply(unique, 0, this.entry(node));
    };
    switch (opcode) {
      case Opcode.MKNOD:
        return made(nodeid, text(body, 16));
      case Opcode.MKDIR:
        return made(nodeid, text(body, 8));
      case Opcode.SYMLINK:
        return made(nodeid, text(body, 0));
      case Opcode.LINK:
        return made(nodeid, text(body, 8));
      case Opcode.UNLINK:
      case Opcode.RMDIR:
      case Opcode.RENAME:
      case Opcode.RENAME2:
      case Opcode.FLUSH:
        return reply(unique, 0);
      case Opcode.SETATTR:
        return this.#usual({ ...request, opcode: Opcode.GETATTR }, this.#shadow);
      case Opcode.OPEN:
        return reply(unique, 0, pack(fuse_open_out, { fh: 0xf00n }));
      default:
        return this.#usual(request, this.#shadow);
    }
  }

  #usual(request: Request, { names = {}, doomed }: Shadow): Buffer | undefined {
    const { opcode, unique, nodeid, body } = request;
    const node = this.#nodes.get(nodeid);
    const nlink = (one: Node) => (one === doomed ? one.nlink + 1 : one.nlink);
    switch (opcode) {
      case Opcode.LOOKUP: {
        const name = text(body, 0);
        const key = `${nodeid}/${name}`;
        const found = key in names ? names[key] : node?.entries.get(name);
        if (found === undefined) return reply(unique, Errno.ENOENT);
        return reply(unique, 0, this.entry(found, nlink(found)));
      }
      case Opcode.GETATTR:
        if (node === undefined) return reply(unique, Errno.ESTALE);
        return reply(
          unique,
          0,
          pack(fuse_attr_out, { attr_valid: this.validity, attr: this.attributes(node, nlink(node)) }),
        );
      case Opcode.OPEN:
        return reply(unique, 0, pack(fuse_open_out, { fh: nodeid }));
      case Opcode.RELEASE:
      case Opcode.FLUSH:
        return reply(unique, 0);
      default:
        return emptyRoot(request);
    }
  }
}

export function isDirectory(node: Node): boolean {
  return (node.mode & S_IFMT) === S_IFDIR;
}
