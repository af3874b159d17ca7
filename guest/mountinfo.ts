/** The mounts this process sees: /proc/self/mountinfo, proc_pid_mountinfo(5). Reading it asks no file system anything. */
import { readFile } from 'node:fs/promises';

export interface MountEntry {
  /** unique among the mounts that exist now */
  readonly id: number;
  /** `major:minor` of the superblock, as `st_dev` would say */
  readonly device: string;
  /** where it is mounted, bytes */
  readonly point: Buffer;
  /** e.g. `fuse.osmofs` */
  readonly type: string;
}

/** In the order of the file: of several mounts on one point, the last one is on top. */
export async function readMounts(): Promise<MountEntry[]> {
  return parseMountinfo(await readFile('/proc/self/mountinfo', 'latin1'));
}

/** @param text the file, one character per byte (latin1) */
export function parseMountinfo(text: string): MountEntry[] {
  const entries: MountEntry[] = [];
  for (const line of text.split('\n')) {
    const fields = line.split(' ');
    // Between the fixed fields and the type is a list of any length that ends with "-".
    const separator = fields.indexOf('-', 6);
    if (separator < 0) continue;
    entries.push({
      id: Number(fields[0]),
      device: fields[2]!,
      point: unescapePath(fields[4]!),
      type: unescapePath(fields[separator + 1] ?? '').toString('latin1'),
    });
  }
  return entries;
}

/** The mount that a path walk ending at `point` meets. */
export function topmost(entries: readonly MountEntry[], point: Uint8Array): MountEntry | undefined {
  return entries.findLast((entry) => entry.point.equals(point));
}

/** Space, tab, newline and backslash are written as three octal digits behind a backslash. */
function unescapePath(field: string): Buffer {
  const text = field.replace(/\\([0-3][0-7]{2})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
  return Buffer.from(text, 'latin1');
}
