/** A small share on a real disk, an `Ownership` on it, and the host's side of both, all through the real addon. */
import * as fs from 'node:fs';
import { Ownership, type OwnershipOptions, UNCHANGED } from '../../../../host/ownership/ownership.js';
import { isSettled } from '../../../../host/ownership/record-cache.js';
import { os as realOs, SELF, STAT } from '../../../../native/index.js';
import type { Os } from '../../../../native/os.js';
import { fuse_attr } from '../../../../protocol/fuse/structs.js';
import { O_RDONLY, S_IALLUGO } from '../../../../protocol/linux.js';
import { testArena } from './arena.js';

export const RECORD = 'user.containers.override_stat';
export const TRUSTED_RECORD = 'trusted.containers.override_stat';
export const DOCKER_RECORD = 'user.com.docker.grpcfuse.ownership';

export const isRoot = process.geteuid?.() === 0;

export interface Ids {
  uid?: number;
  gid?: number;
  slot?: number;
}

export interface Seen {
  uid: number;
  gid: number;
  mode: number;
}

const NAME = 0;
const PATH = 512;
const STAT_AT = 1024;
const PARENT_STAT = STAT_AT + STAT.size;
const ATTRIBUTE = 2048;
const VALUE = 3072;
const SCRATCH = 8192;
const SCRATCH_SIZE = 1024;
const encoder = new TextEncoder();

/** The calls that look at attributes or change modes, counted by name. */
export type Counts = Record<string, number>;

export class Share {
  readonly dir: string;
  readonly os: Os;
  readonly root: number;
  readonly ownership: Ownership;
  readonly counts: Counts = {};
  readonly logged: string[] = [];
  readonly #memory: Uint8Array;
  readonly #words: Uint32Array;
  readonly #view: DataView;
  readonly #descriptors: number[] = [];

  /** `replaced`: calls of the seam that fail or act differently. */
  constructor(dir: string, options: OwnershipOptions, replaced: Partial<Os> = {}) {
    this.dir = dir;
    const buffer = testArena();
    this.#memory = new Uint8Array(buffer);
    this.#words = new Uint32Array(buffer);
    this.#view = new DataView(buffer);
    this.#memory.set(encoder.encode(`${dir}\0`), PATH);
    this.root = realOs.openRoot(PATH);
    if (this.root < 0) throw new Error(`cannot open ${dir}: ${this.root}`);
    this.os = this.#counting({ ...realOs, ...replaced });
    const scratch = {
      memory: this.#memory,
      words: this.#words,
      view: this.#view,
      offset: SCRATCH,
      size: SCRATCH_SIZE,
    };
    this.ownership = new Ownership(this.os, options, scratch, (text) => this.logged.push(text));
  }

  close(): void {
    for (const fd of this.#descriptors) realOs.close(fd);
    realOs.close(this.root);
  }

  // -- the guest's side ----------------------------------------------------------------------------------------------

  /** What LOOKUP or GETATTR would answer. */
  report(name: string, asking: Ids = {}): Seen {
    this.#look(name, STAT_AT, asking);
    return this.#seen();
  }

  /** As `report`, for an open file. */
  reportOpen(fd: number, asking: Ids = {}): Seen {
    this.#lookAt(fd, SELF, STAT_AT, asking);
    return this.#seen();
  }

  #seen(): Seen {
    return {
      uid: this.#view.getUint32(STAT_AT + fuse_attr.at.uid, true),
      gid: this.#view.getUint32(STAT_AT + fuse_attr.at.gid, true),
      mode: this.#view.getUint32(STAT_AT + fuse_attr.at.mode, true) & S_IALLUGO,
    };
  }

  /** ctime of the last report, ns. */
  get reportedCtime(): bigint {
    const seconds = this.#view.getBigInt64(STAT_AT + fuse_attr.at.ctime, true);
    return seconds * 1_000_000_000n + BigInt(this.#view.getUint32(STAT_AT + fuse_attr.at.ctimensec, true));
  }

  /** -1 for an id: unchanged. */
  chown(name: string, uid: number, gid: number, asking: Ids = {}): number {
    const fd = this.object(name);
    this.#look(name, STAT_AT, asking);
    return this.ownership.chown(fd, asking.slot ?? -1, uid < 0 ? UNCHANGED : uid, gid < 0 ? UNCHANGED : gid, STAT_AT);
  }

  chmod(name: string, mode: number, asking: Ids = {}): number {
    const fd = this.object(name);
    this.#look(name, STAT_AT, asking);
    return this.ownership.chmod(fd, asking.slot ?? -1, mode, STAT_AT);
  }

  /** `mode` with S_IFMT, of an object that exists already. */
  created(name: string, mode: number, { uid = 0, gid = 0 }: Ids, parent = '.'): number {
    this.#look(parent, PARENT_STAT, { uid, gid });
    return this.ownership.created(...this.#target(name), mode, uid, gid, PARENT_STAT);
  }

  /** As `created`, for an open file. */
  createdOpen(fd: number, mode: number, { uid = 0, gid = 0 }: Ids): number {
    this.#look('.', PARENT_STAT, { uid, gid });
    return this.ownership.created(fd, SELF, mode, uid, gid, PARENT_STAT);
  }

  killSetId(name: string, slot = -1): number {
    return this.ownership.killSetId(this.object(name), slot);
  }

  // -- the host's side -----------------------------------------------------------------------------------------------

  path(name: string): string {
    return `${this.dir}/${name}`;
  }

  file(name: string, mode = 0o644): void {
    fs.writeFileSync(this.path(name), 'contents');
    fs.chmodSync(this.path(name), mode);
  }

  directory(name: string, mode = 0o755): void {
    fs.mkdirSync(this.path(name));
    fs.chmodSync(this.path(name), mode);
  }

  hostMode(name: string): number {
    return fs.lstatSync(this.path(name)).mode & S_IALLUGO;
  }

  hostCtime(name: string): bigint {
    return fs.lstatSync(this.path(name), { bigint: true }).ctimeNs;
  }

  /** The value of an attribute of the host object, or undefined. */
  attribute(name: string, attribute = RECORD): string | undefined {
    this.#put(ATTRIBUTE, attribute);
    const length = realOs.getxattr(...this.#target(name), ATTRIBUTE, VALUE, 1024);
    return length < 0 ? undefined : Buffer.from(this.#memory.slice(VALUE, VALUE + length)).toString('latin1');
  }

  setAttribute(name: string, value: string, attribute = RECORD): void {
    this.#put(ATTRIBUTE, attribute);
    const length = this.#put(VALUE, value);
    const result = realOs.setxattr(...this.#target(name), ATTRIBUTE, VALUE, length, 0);
    if (result < 0) throw new Error(`setxattr ${name} ${attribute}: ${result}`);
  }

  removeAttribute(name: string, attribute = RECORD): void {
    this.#put(ATTRIBUTE, attribute);
    const result = realOs.removexattr(...this.#target(name), ATTRIBUTE);
    if (result < 0) throw new Error(`removexattr ${name} ${attribute}: ${result}`);
  }

  /** Waits until the object's last change is old enough for its record to be remembered. */
  settle(name: string): void {
    do {
      const result = realOs.stat(...this.#target(name), STAT_AT);
      if (result < 0) throw new Error(`stat ${name}: ${result}`);
    } while (!isSettled(this.#words, STAT_AT >>> 2, Date.now()));
  }

  /** Fills the STAT record once; the function it returns reports that very record again and again. */
  reporter(name: string, { uid = 0, gid = 0, slot = -1 }: Ids): () => void {
    this.#look(name, STAT_AT, { uid, gid, slot });
    const [fd, nameOff] = this.#target(name);
    return () => this.ownership.report(fd, nameOff, STAT_AT, slot, uid, gid);
  }

  /** An object descriptor; closed with the share. */
  object(name: string): number {
    if (name === '.') return this.root;
    const fd = realOs.openObject(...this.#target(name));
    if (fd < 0) throw new Error(`openObject ${name}: ${fd}`);
    this.#descriptors.push(fd);
    return fd;
  }

  /** An open file; closed with the share. */
  open(name: string, flags = O_RDONLY): number {
    const fd = realOs.openFile(...this.#target(name), flags, 0);
    if (fd < 0) throw new Error(`openFile ${name}: ${fd}`);
    this.#descriptors.push(fd);
    return fd;
  }

  #look(name: string, at: number, asking: Ids): void {
    this.#lookAt(...this.#target(name), at, asking);
  }

  #lookAt(fd: number, nameOff: number, at: number, { uid = 0, gid = 0, slot = -1 }: Ids): void {
    const result = realOs.stat(fd, nameOff, at);
    if (result < 0) throw new Error(`stat: ${result}`);
    this.ownership.report(fd, nameOff, at, slot, uid, gid);
  }

  /** "." is the root itself, "a" a name in it, "a/b" a name in a directory in it. */
  #target(name: string): [fd: number, nameOff: number] {
    if (name === '.') return [this.root, SELF];
    const [directory, inside] = name.split('/') as [string, string | undefined];
    const fd = inside === undefined ? this.root : this.object(directory);
    this.#put(NAME, inside ?? directory);
    return [fd, NAME];
  }

  #put(at: number, text: string): number {
    const bytes = encoder.encode(`${text}\0`);
    this.#memory.set(bytes, at);
    return bytes.length - 1;
  }

  #counting(os: Os): Os {
    const counted = { ...os } as unknown as Record<string, (...args: number[]) => number>;
    for (const call of ['getxattr', 'setxattr', 'listxattr', 'removexattr', 'chmod', 'chown', 'openObject']) {
      const real = counted[call] as (...args: number[]) => number;
      counted[call] = (...args) => {
        this.counts[call] = (this.counts[call] ?? 0) + 1;
        return real(...args);
      };
    }
    return counted as unknown as Os;
  }
}

/** Numbers of calls since the last time, cleared. */
export function take(counts: Counts): Counts {
  const taken = { ...counts };
  for (const call of Object.keys(counts)) delete counts[call];
  return taken;
}
