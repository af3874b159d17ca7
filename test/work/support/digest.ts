import { createHash } from 'node:crypto';
import {
  type BigIntStats,
  closeSync,
  constants,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
} from 'node:fs';
import { lines } from './run.js';

export interface DigestOptions {
  /** modification times in nanoseconds; true unless said otherwise */
  readonly times?: boolean;
  /** uid and gid; true unless said otherwise */
  readonly owners?: boolean;
  /** permission bits; true unless said otherwise */
  readonly modes?: boolean;
  /** `user.*` extended attributes; true unless said otherwise */
  readonly attributes?: boolean;
  /** paths to leave out with all that is below them, relative, as `name(path)` writes them */
  readonly without?: readonly string[];
}

/** Where osmofs keeps what a chown in the guest said; hidden from the guest, seen on the host. */
const RECORD = 'user.containers.override_stat';

const KINDS = new Map([
  [constants.S_IFREG, 'file'],
  [constants.S_IFDIR, 'directory'],
  [constants.S_IFLNK, 'symlink'],
  [constants.S_IFIFO, 'fifo'],
  [constants.S_IFSOCK, 'socket'],
]);

const chunk = Buffer.allocUnsafeSlow(1 << 20);

function contentOf(path: Buffer): string {
  const hash = createHash('sha256');
  const fd = openSync(path, constants.O_RDONLY);
  try {
    for (let length = readSync(fd, chunk); length > 0; length = readSync(fd, chunk)) {
      hash.update(chunk.subarray(0, length));
    }
  } finally {
    closeSync(fd);
  }
  return hash.digest('base64url');
}

/** A name as one line of ASCII that no other name has: `%` and what is not printable as %XX, byte by byte. */
export function name(bytes: Buffer): string {
  const plain = (byte: number) => byte > 0x20 && byte < 0x7f && byte !== 0x25;
  return [...bytes]
    .map((byte) => (plain(byte) ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, '0')}`))
    .join('');
}

class Digest {
  readonly lines: string[] = [];
  /** first path of every inode with several links */
  readonly #links = new Map<string, string>();

  constructor(private readonly options: DigestOptions) {}

  /** A directory's size says how its file system lays it out, not what is in it: left out. */
  entry(absolute: Buffer, relative: string, stat: BigIntStats): void {
    const { times = true, owners = true, modes = true } = this.options;
    const bits = Number(stat.mode);
    const kind = KINDS.get(bits & constants.S_IFMT) ?? 'device';
    const fields = [relative, kind];
    if (modes) fields.push((bits & 0o7777).toString(8).padStart(4, '0'));
    if (owners) fields.push(`${stat.uid}:${stat.gid}`);
    fields.push(`links=${stat.nlink}`);
    if (times) fields.push(`mtime=${stat.mtimeNs}`);
    if (kind === 'file') fields.push(`size=${stat.size}`, this.#content(absolute, relative, stat));
    if (kind === 'symlink') fields.push(`to=${name(readlinkSync(absolute, { encoding: 'buffer' }))}`);
    this.lines.push(fields.join(' '));
  }

  #content(absolute: Buffer, relative: string, stat: BigIntStats): string {
    if (stat.nlink === 1n) return contentOf(absolute);
    const inode = `${stat.dev}:${stat.ino}`;
    const first = this.#links.get(inode);
    if (first !== undefined) return `same-as=${first}`;
    this.#links.set(inode, relative);
    return contentOf(absolute);
  }

  walk(absolute: Buffer, relative: string): void {
    if (this.options.without?.includes(relative)) return;
    const stat = lstatSync(absolute, { bigint: true });
    this.entry(absolute, relative, stat);
    if (!stat.isDirectory()) return;
    const names = readdirSync(absolute, { encoding: 'buffer' }).sort(Buffer.compare);
    for (const child of names) {
      const below = relative === '.' ? name(child) : `${relative}/${name(child)}`;
      this.walk(Buffer.concat([absolute, Buffer.from('/'), child]), below);
    }
  }
}

/** `# file: PATH` blocks of getfattr(1) as one line per attribute; symlinks cannot have `user.*` (xattr(7)). */
async function attributesOf(dir: string): Promise<string[]> {
  const args = ['-R', '-P', '-h', '-d', '-m', '^user\\.', '-e', 'hex', '.'];
  const found: string[] = [];
  let path = '';
  for (const line of await lines('getfattr', args, { cwd: dir })) {
    if (line.startsWith('# file: ')) path = line.slice('# file: '.length);
    else if (line !== '' && !line.startsWith(`${RECORD}=`)) found.push(`${path} ${line}`);
  }
  return found.sort();
}

/**
 * One line for every object below `dir` (the directory itself is `.`), in byte order of the paths, then one for every
 * extended attribute: two trees are equal if their lines are.
 */
export async function digest(dir: string, options: DigestOptions = {}): Promise<string[]> {
  const all = new Digest(options);
  all.walk(Buffer.from(dir), '.');
  const attributes = options.attributes === false ? [] : await attributesOf(dir);
  return [...all.lines, ...attributes];
}
