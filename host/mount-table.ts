/** The mounts this process sees, from /proc/self/mountinfo (proc_pid_mountinfo(5)). Reading it waits for no file system. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { systemCode } from './problem.js';

/** File system type of our mounts. */
export const OSMOFS_TYPE = 'fuse.osmofs';

export interface MountedAt {
  readonly target: string;
  readonly type: string;
  /** for our mounts, the directory that is shared */
  readonly source: string;
}

/** Empty where the system has no such table. */
export async function readMountTable(): Promise<MountedAt[]> {
  try {
    return parseMountTable(await readFile('/proc/self/mountinfo', 'utf8'));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}

export function parseMountTable(text: string): MountedAt[] {
  return text.split('\n').flatMap((line) => {
    const fields = line.split(' ');
    // After six fixed fields comes a list of any length, which "-" ends.
    const end = fields.indexOf('-', 6);
    if (end < 0) return [];
    return [
      { target: decodeOctal(fields[4]!), type: fields[end + 1] ?? '', source: decodeOctal(fields[end + 2] ?? '') },
    ];
  });
}

/** Space, tab, newline and backslash are written as a backslash and three octal digits. */
function decodeOctal(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/**
 * Takes those of `dead` away that are still in the tree, without asking the file systems, which nobody serves any more.
 *
 * @returns the targets it has taken away
 */
export async function detachDead(dead: readonly { source: string; target: string }[]): Promise<string[]> {
  const detached: string[] = [];
  for (const { target, source, type } of (await readMountTable()).reverse()) {
    if (type !== OSMOFS_TYPE || !dead.some((each) => each.target === target && each.source === source)) continue;
    // Without root, only fusermount3 may take a FUSE mount away.
    const [program, ...words] = process.geteuid?.() === 0 ? ['umount', '-l', '--'] : ['fusermount3', '-u', '-z', '--'];
    try {
      await promisify(execFile)(program!, [...words, target]);
      detached.push(target);
    } catch {
      // Taken away by somebody else meanwhile, or not ours to take.
    }
  }
  return detached;
}
