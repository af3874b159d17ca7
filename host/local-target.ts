/** The target of a mount in this machine: what it must be before the agent is asked. */
import { constants } from 'node:fs';
import { access, opendir, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readMountTable } from './mount-table.js';
import { Problem, systemCode } from './problem.js';
import { shellWord } from './shares.js';

export interface LocalTarget {
  /** resolved */
  readonly path: string;
  /** `dev:ino` of the directory and of all above it */
  readonly ancestry: readonly string[];
}

/** @throws Problem 'bad-target' */
export async function inspectTarget(target: string, nonempty: boolean): Promise<LocalTarget> {
  try {
    const path = await realpath(target);
    if (!(await stat(path)).isDirectory()) throw bad(target, 'not a directory', 'Mount on a directory');
    // FUSE mounts can be stacked, but what lies below is only reached again by chance.
    if ((await readMountTable()).some((mounted) => mounted.target === path)) {
      throw bad(target, 'already a mount point', `Choose another directory, or first: umount ${shellWord(path)}`);
    }
    if (!nonempty && !(await isEmpty(path))) {
      throw bad(target, 'not empty', 'Choose an empty directory, or hide what is there with --nonempty');
    }
    return { path, ancestry: await ancestry(path) };
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw explain(target, error);
  }
}

/** `dev:ino`, to tell a directory under whatever path it appears. */
export async function identityOf(path: string): Promise<string> {
  const { dev, ino } = await stat(path, { bigint: true });
  return `${dev}:${ino}`;
}

async function ancestry(path: string): Promise<string[]> {
  const found = [await identityOf(path)];
  for (let at = path; at !== '/'; ) {
    at = dirname(at);
    found.push(await identityOf(at));
  }
  return found;
}

async function isEmpty(path: string): Promise<boolean> {
  await access(path, constants.R_OK | constants.X_OK);
  const directory = await opendir(path);
  try {
    return (await directory.read()) === null;
  } finally {
    await directory.close();
  }
}

function explain(target: string, error: unknown): Problem {
  const make = `Create it: mkdir -p ${shellWord(target)}`;
  const reasons: Record<string, [what: string, hint: string]> = {
    ENOENT: ['no such directory', make],
    ENOTDIR: ['a part of the path is not a directory', 'Check the path'],
    EACCES: ['permission denied', 'The user who runs osmofs must be able to read and enter it'],
    ENOTCONN: ['a mount whose file system is gone', `Take it away first: umount -l ${shellWord(target)}`],
  };
  const [what, hint] = reasons[systemCode(error)] ?? [`cannot be used (${systemCode(error)})`, 'Check the path'];
  return bad(target, what, hint, { cause: error });
}

function bad(target: string, what: string, hint: string, options?: ErrorOptions): Problem {
  return new Problem('bad-target', target, what, hint, options);
}
