/**
 * A directory with all that is below it, as values: what one side sees of a share, to be compared with what the other side
 * sees. Every system call is made by the process that asks, so that each side is read where it lives.
 */
import { createHash } from 'node:crypto';
import * as sys from './sys.js';

const { C } = sys;

export interface TreeEntry {
  /** relative, one character per byte; '.' is the root */
  readonly path: string;
  readonly type: string;
  /** octal, without the type */
  readonly mode: string;
  readonly links: number;
  /** "uid:gid" */
  readonly owner: string;
  readonly size: number;
  /** nanoseconds since 1970, decimal */
  readonly mtime: string;
  /** of a file: what it holds if that is short, else its SHA-256; of a symlink: where it leads; else '' */
  readonly content: string;
}

const TYPES: Readonly<Record<number, string>> = {
  [C.S_IFREG]: 'file',
  [C.S_IFDIR]: 'directory',
  [C.S_IFLNK]: 'symlink',
  [C.S_IFIFO]: 'fifo',
  [C.S_IFSOCK]: 'socket',
  [C.S_IFCHR]: 'character device',
  [C.S_IFBLK]: 'block device',
};

/** Bytes of a file that are shown as they are. */
const SHORT = 80;

function contentOf(path: Buffer, type: string, size: number): string {
  if (type === 'symlink') return sys.readlink(path).toString('latin1');
  if (type !== 'file') return '';
  const fd = sys.open(path, C.O_RDONLY);
  // One byte more than it should have, so that it shows if it has.
  const bytes = size < 65536 ? sys.read(fd, size + 1) : sys.readFile(path);
  sys.close(fd);
  if (bytes.length <= SHORT) return bytes.toString('latin1');
  return `sha256 ${createHash('sha256').update(bytes).digest('hex')}`;
}

/** The directory and all that is below it, by path. It must not change meanwhile. */
export function readTree(root: string): TreeEntry[] {
  const found: TreeEntry[] = [];
  const look = (absolute: Buffer, path: string) => {
    const stat = sys.lstat(absolute);
    const type = TYPES[stat.mode & C.S_IFMT] ?? 'unknown';
    found.push({
      path,
      type,
      mode: (stat.mode & 0o7777).toString(8),
      links: stat.nlink,
      owner: `${stat.uid}:${stat.gid}`,
      size: stat.size,
      mtime: String(stat.mtime),
      content: contentOf(absolute, type, stat.size),
    });
    if (type !== 'directory') return;
    for (const name of sys.names(absolute)) {
      const child = Buffer.concat([absolute, Buffer.from('/'), Buffer.from(name, 'latin1')]);
      look(child, path === '.' ? name : `${path}/${name}`);
    }
  };
  look(Buffer.from(root), '.');
  return found;
}

const FIELDS = ['type', 'mode', 'links', 'owner', 'size', 'mtime', 'content'] as const;

export interface CompareOptions {
  /** also who owns it: not where the mount's ownership gives it to whoever asks */
  readonly owners: boolean;
}

/** Where the two differ, one sentence each; empty: they are the same. */
export function compareTrees(
  host: readonly TreeEntry[],
  mount: readonly TreeEntry[],
  options: CompareOptions,
): string[] {
  const differences: string[] = [];
  const seen = new Map(mount.map((entry) => [entry.path, entry]));
  for (const entry of host) {
    const other = seen.get(entry.path);
    seen.delete(entry.path);
    if (other === undefined) {
      differences.push(`${entry.path}: a ${entry.type} on the host, missing in the mount`);
      continue;
    }
    for (const field of FIELDS) {
      if (field === 'owner' && !options.owners) continue;
      if (entry[field] === other[field]) continue;
      const [is, shown] = [JSON.stringify(entry[field]), JSON.stringify(other[field])];
      differences.push(`${entry.path}: ${field} ${is} on the host, ${shown} in the mount`);
    }
  }
  for (const entry of seen.values())
    differences.push(`${entry.path}: missing on the host, a ${entry.type} in the mount`);
  return differences;
}
