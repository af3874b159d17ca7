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
    return [{ target: decodeOctal(fields[4]!), type: fields[end + 1] ?? '' }];
  });
}

/** Space, tab, newline and backslash are written as a backslash and three octal digits. */
function decodeOctal(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/**
 * Takes dead osmofs mounts away at those of `targets` that have one, without asking the file system, which nobody serves
 * any more. @returns those it has taken away
 */
export async function detachDead(targets: readonly string[]): Promise<string[]> {
  const detached: string[] = [];
  for (const { target, type } of (await readMountTable()).reverse()) {
    if (type !== OSMOFS_TYPE || !targets.includes(target)) continue;
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
