/** native/darwin running on this machine, on top of check/linux: the seam with strings and numbers instead of offsets. */
import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Addon } from '../../../native/addon.js';
import { buildDarwinOnLinux } from '../../../native/darwin/check/linux/build.js';
import { SELF, STAT, TIMES } from '../../../native/os.js';
import { platform } from '../../../native/platform.js';

/** Where things lie in the arena. */
const NAME = 0;
const OTHER = 4096;
const WORDS = 8192;
const OUT = 16384;
export const ROOM = 1 << 20;

export interface Entry {
  name: string;
  ino: bigint;
  off: bigint;
  type: number;
}

export interface Stat {
  ino: bigint;
  size: bigint;
  mode: number;
  nlink: number;
  uid: number;
  gid: number;
  mtime: bigint;
  mtimensec: number;
}

export class Darwin {
  readonly view: DataView;
  readonly bytes: Uint8Array;

  constructor(readonly addon: Addon) {
    const arena = addon.createArena(OUT + ROOM);
    addon.attachArena(arena);
    this.view = new DataView(arena);
    this.bytes = new Uint8Array(arena);
  }

  /** One per thread: the arena belongs to it. */
  private static loaded: Promise<Darwin> | undefined;
  static load(): Promise<Darwin> {
    Darwin.loaded ??= buildDarwinOnLinux().then(({ addon }) => new Darwin(createRequire(import.meta.url)(addon)));
    return Darwin.loaded;
  }

  /** Puts a NUL-terminated string somewhere; its offset. null: the object itself. */
  put(text: string | null, at = NAME): number {
    if (text === null) return SELF;
    const { length } = Buffer.from(text);
    this.bytes.set(Buffer.from(text), at);
    this.bytes[at + length] = 0;
    return at;
  }

  words(...values: bigint[]): number {
    for (const [i, value] of values.entries()) this.view.setBigUint64(WORDS + i * 8, BigInt.asUintN(64, value), true);
    return WORDS;
  }

  out(length: number): Buffer {
    return Buffer.from(this.bytes.slice(OUT, OUT + length));
  }

  openRoot(path: string) {
    return this.addon.openRoot(this.put(path));
  }
  openDirectory(dirfd: number, name: string) {
    return this.addon.openDirectory(dirfd, this.put(name));
  }
  openObject(dirfd: number, name: string) {
    return this.addon.openObject(dirfd, this.put(name));
  }
  openFile(dirfd: number, name: string, flags: number, mode = 0o644) {
    return this.addon.openFile(dirfd, this.put(name), flags, mode);
  }

  /** The record, or -errno. */
  stat(fd: number, name: string | null): Stat | number {
    const result = this.addon.stat(fd, this.put(name), OUT);
    if (result < 0) return result;
    const u32 = (at: number) => this.view.getUint32(OUT + STAT.attr + at, true);
    const u64 = (at: number) => this.view.getBigUint64(OUT + STAT.attr + at, true);
    return {
      ...{ ino: u64(0), size: u64(8), mtime: u64(32), mtimensec: u32(52) },
      ...{ mode: u32(60), nlink: u32(64), uid: u32(68), gid: u32(72) },
    };
  }

  /** Entries of one readDirectory, or -errno. */
  readDirectory(fd: number, cookie: bigint, capacity = ROOM): Entry[] | number {
    const result = this.addon.readDirectory(fd, this.words(cookie), OUT, capacity);
    if (result < 0) return result;
    const entries: Entry[] = [];
    for (let at = OUT; at < OUT + result; ) {
      const length = this.view.getUint32(at + 16, true);
      entries.push({
        ino: this.view.getBigUint64(at, true),
        off: this.view.getBigUint64(at + 8, true),
        type: this.view.getUint32(at + 20, true),
        name: Buffer.from(this.bytes.slice(at + 24, at + 24 + length)).toString(),
      });
      at += 24 + ((length + 7) & ~7);
    }
    return entries;
  }

  /** The whole directory from a cookie on, `capacity` bytes at a time. */
  list(fd: number, from = 0n, capacity = ROOM): Entry[] {
    const all: Entry[] = [];
    for (let cookie = from; ; cookie = all.at(-1)!.off) {
      const step = this.readDirectory(fd, cookie, capacity);
      if (typeof step === 'number') throw new Error(`readDirectory: ${step}`);
      if (step.length === 0) return all;
      all.push(...step);
    }
  }

  text(call: 'readlink' | 'pathOf', fd: number, name: string | null = null): string | number {
    const result =
      call === 'pathOf' ? this.addon.pathOf(fd, OUT, 4096) : this.addon.readlink(fd, this.put(name), OUT, 4096);
    return result < 0 ? result : this.out(result).toString();
  }

  utimens(fd: number, ...times: [sec: bigint, nsec: number, how: number][]) {
    for (const [i, [sec, nsec, how]] of times.entries()) {
      const at = WORDS + i * TIMES.mtime;
      this.view.setBigInt64(at, sec, true);
      this.view.setUint32(at + 8, nsec, true);
      this.view.setUint32(at + 12, how, true);
    }
    return this.addon.utimens(fd, WORDS);
  }

  write(fd: number, text: string, position: bigint, append = 0) {
    const data = Buffer.from(text);
    this.bytes.set(data, OUT);
    return this.addon.pwrite(fd, OUT, data.length, this.words(position), append);
  }
  read(fd: number, length: number, position = 0n): Buffer | number {
    const result = this.addon.pread(fd, OUT, length, this.words(position));
    return result < 0 ? result : this.out(result);
  }

  seek(fd: number, offset: bigint, whence: number): bigint | number {
    const at = this.words(offset);
    const result = this.addon.seek(fd, at, whence);
    return result < 0 ? result : this.view.getBigInt64(at, true);
  }

  setxattr(fd: number, name: string | null, attribute: string, value: string, flags = 0) {
    this.bytes.set(Buffer.from(value), OUT);
    return this.addon.setxattr(fd, this.put(name), this.put(attribute, OTHER), OUT, Buffer.from(value).length, flags);
  }
  getxattr(fd: number, name: string | null, attribute: string, capacity = 256): string | number {
    const result = this.addon.getxattr(fd, this.put(name), this.put(attribute, OTHER), OUT, capacity);
    return result < 0 || capacity === 0 ? result : this.out(result).toString();
  }
  listxattr(fd: number, name: string | null): string[] | number {
    const result = this.addon.listxattr(fd, this.put(name), OUT, 4096);
    return result < 0 ? result : this.out(result).toString().split('\0').slice(0, -1);
  }

  /** fuse_file_lock in and out. */
  lock(call: 'lockSet' | 'lockTest', fd: number, start: bigint, end: bigint, type: number) {
    this.words(start, end);
    this.view.setUint32(WORDS + 16, type, true);
    this.view.setUint32(WORDS + 20, 0, true);
    const result = this.addon[call](fd, WORDS);
    return {
      result,
      start: this.view.getBigUint64(WORDS, true),
      end: this.view.getBigUint64(WORDS + 8, true),
      type: this.view.getUint32(WORDS + 16, true),
      pid: this.view.getUint32(WORDS + 20, true),
    };
  }
}

/** What each case has: a fresh directory, and descriptors that are closed after it. */
export class Fixture {
  os!: Darwin;
  place!: string;
  root!: number;
  private readonly opened: number[] = [];

  begin(): void {
    this.place = realpathSync(mkdtempSync(join(tmpdir(), 'osmofs-darwin-')));
    this.root = this.fd(this.os.openRoot(this.place));
  }
  end(): void {
    for (const one of this.opened.splice(0)) this.os.addon.close(one);
    rmSync(this.place, { recursive: true });
  }

  /** Notes a descriptor to be closed; fails on -errno. */
  fd(result: number): number {
    assert.ok(result >= 0, `-${-result}`);
    this.opened.push(result);
    return result;
  }
  stat(descriptor: number, name: string | null): Stat {
    const result = this.os.stat(descriptor, name);
    assert.ok(typeof result !== 'number', `stat: ${result}`);
    return result as Stat;
  }
  path(...names: string[]): string {
    return join(this.place, ...names);
  }
}

/** Cases on the imitation. On a Mac there are none: there the suites for every system run the real thing. */
export function onDarwin(title: string, define: (t: Fixture) => void): void {
  if (platform !== 'linux') return;
  describe(title, function () {
    this.timeout(180_000);
    const t = new Fixture();
    before(async () => {
      t.os = await Darwin.load();
    });
    beforeEach(() => t.begin());
    afterEach(() => t.end());
    define(t);
  });
}
