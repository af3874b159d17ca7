import {
  chmodSync,
  chownSync,
  closeSync,
  ftruncateSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { run } from './run.js';

/** xorshift32: the same tree for the same seed, on every machine. */
class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 1;
  }

  below(limit: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % limit;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}

const ALPHABET = [...'abcdefghijklmnopqrstuvwxyz0123456789-_.ABC'];
const ODD = [' ', 'é', '日', '\t', "'", '"', '\\', '*', '😀', '\n', '#', '='].map((text) => Buffer.from(text));
/** Bytes that are no UTF-8 in any company. */
const NOT_UTF8 = [0xff, 0xfe, 0xc0, 0x80];
const FILES_PER_DIRECTORY = 40;
const DIRECTORIES_PER_DIRECTORY = 12;
/** Levels of a chain of directories, one below the other, with a file at its end. */
const DEPTH = 20;
const FILE_MODES = [0o644, 0o644, 0o600, 0o755, 0o444, 0o640, 0o4755, 0o2755];
const DIRECTORY_MODES = [0o755, 0o755, 0o700, 0o775, 0o1777, 0o2755];
/** What only a privileged user can read and enter again. */
const CLOSED_MODES = [0o000, 0o111, 0o200];

export interface TreeOptions {
  readonly files: number;
  readonly seed: number;
}

/** Ends with its number, so that no two names of a directory are equal. */
function nameOf(random: Random, index: number): Buffer {
  const parts: Buffer[] = [];
  const end = Buffer.from(`.${index}`);
  const style = random.below(20);
  const length = style === 0 ? 255 - end.length : 3 + random.below(20);
  for (let used = 0; used < length; ) {
    let part = Buffer.from(random.pick(ALPHABET));
    if (style === 1) part = random.pick(ODD);
    else if (style === 2) part = Buffer.from([random.pick(NOT_UTF8)]);
    if (used + part.length > length) break;
    // A name of dots alone is no name.
    parts.push(used === 0 && part[0] === 0x2e ? Buffer.from('d') : part);
    used += part.length;
  }
  return Buffer.concat([...parts, end]);
}

function sizeOf(random: Random): number {
  const kind = random.below(100);
  if (kind < 10) return 0;
  if (kind < 70) return random.below(2000);
  if (kind < 97) return random.below(20_000);
  return random.below(400_000);
}

function contentOf(random: Random, size: number): Buffer {
  const block = Buffer.allocUnsafe(Math.ceil(size / 4) * 4);
  for (let i = 0; i < block.length; i += 4) block.writeUInt32LE(random.below(0x1_0000_0000), i);
  return block.subarray(0, size);
}

/** Seconds from 1970 with a fraction: past, present, after 2038. */
function timeOf(random: Random): number {
  return random.pick([86_400, 1_234_567_890, 1_700_000_000, 4_000_000_000]) + random.below(1_000_000_000) / 1e9;
}

/** Lines of getfattr's dump format (setfattr(1) `--restore`): the path octal-escaped, values in base64. */
function dumpOf(path: Buffer, random: Random): string {
  const escaped = [...path].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
  const values = Array.from({ length: 1 + random.below(3) }, (_, i) => {
    return `user.test${i}=0s${contentOf(random, random.below(300)).toString('base64')}`;
  });
  return [`# file: ${escaped}`, ...values, '', ''].join('\n');
}

class Grower {
  readonly #random: Random;
  readonly #privileged = process.getuid!() === 0;
  readonly #closing: [path: Buffer, mode: number][] = [];
  #dump = '';
  #made = 0;
  /** directories still to be made: the root needs none, and one stays empty */
  #wanted: number;

  constructor(private readonly options: TreeOptions) {
    this.#random = new Random(options.seed);
    this.#wanted = Math.ceil(options.files / FILES_PER_DIRECTORY);
  }

  #file(path: Buffer): void {
    const random = this.#random;
    const size = sizeOf(random);
    writeFileSync(path, contentOf(random, size), { flag: 'wx' });
    if (random.below(100) === 0) this.#addHole(path, size);
    if (random.below(20) === 0) this.#dump += dumpOf(path, random);
    if (this.#privileged && random.below(10) === 0) chownSync(path, random.below(3000), random.below(3000));
    const closed = this.#privileged && random.below(50) === 0;
    this.#closing.push([path, random.pick(closed ? CLOSED_MODES : FILE_MODES)]);
  }

  /** A hole after the bytes there are, then one more byte. */
  #addHole(path: Buffer, size: number): void {
    const fd = openSync(path, 'r+');
    ftruncateSync(fd, size + (1 << 20));
    writeSync(fd, Buffer.from('!'), 0, 1, size + (1 << 20));
    closeSync(fd);
  }

  #symlink(path: Buffer): void {
    const random = this.#random;
    const to = ['../..', '/nonexistent/absolute', 'dangling', 'x'.repeat(1000), '.'];
    symlinkSync(random.pick(to), path);
    lutimesSync(path, timeOf(random), timeOf(random));
  }

  #fill(dir: Buffer): Buffer[] {
    const random = this.#random;
    const files: Buffer[] = [];
    const directories: Buffer[] = [];
    for (let i = 0; i < FILES_PER_DIRECTORY && this.#made < this.options.files; i++, this.#made++) {
      const path = Buffer.concat([dir, Buffer.from('/'), nameOf(random, i)]);
      const kind = random.below(100);
      if (kind < 4) this.#symlink(path);
      else if (kind < 8 && files.length > 0) linkSync(random.pick(files), path);
      else {
        this.#file(path);
        files.push(path);
      }
    }
    for (let i = 0; i < DIRECTORIES_PER_DIRECTORY && this.#wanted > 0; i++, this.#wanted--) {
      const path = Buffer.concat([dir, Buffer.from('/'), nameOf(random, FILES_PER_DIRECTORY + i)]);
      this.#directory(path);
      directories.push(path);
    }
    return directories;
  }

  #directory(path: Buffer): void {
    mkdirSync(path);
    this.#closing.push([path, this.#random.pick(DIRECTORY_MODES)]);
  }

  #chain(root: string): void {
    let path = Buffer.from(root);
    for (let level = 0; level < DEPTH; level++) {
      path = Buffer.concat([path, Buffer.from(`/level${level}`)]);
      this.#directory(path);
    }
    this.#file(Buffer.concat([path, Buffer.from('/end')]));
  }

  async grow(root: string): Promise<void> {
    const queue: Buffer[] = [Buffer.from(root)];
    this.#chain(root);
    // Breadth first.
    while (this.#made < this.options.files) queue.push(...this.#fill(queue.shift()!));
    await run('mkfifo', [`${root}/fifo`]);
    await run('setfattr', ['-h', '--restore=-'], { input: this.#dump });
    // Modes may close and times may change: last, and from the leaves to the root.
    for (const [path, mode] of this.#closing.reverse()) {
      chmodSync(path, mode);
      lutimesSync(path, timeOf(this.#random), timeOf(this.#random));
    }
  }
}

/**
 * Fills an empty directory with as many files, symlinks and hard links as `files` says, in directories of 40: all kinds
 * of names, sizes, modes and times; holes, extended attributes, and owners if the caller may give files away.
 */
export async function growTree(root: string, options: TreeOptions): Promise<void> {
  await new Grower(options).grow(root);
}
