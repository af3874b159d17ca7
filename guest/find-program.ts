/** Which file a program's name means, as execvp(3) finds it. */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Errno } from '../protocol/errno.js';
import { MountFailure } from './failure.js';

/** What a shell that knows nothing better looks through. */
export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * @param path PATH of the program to be
 * @returns absolute path. @throws MountFailure ENOENT: there is none; EACCES: one that cannot be run; as 127 and 126 of a shell
 */
export async function findProgram(name: string, path: string, cwd: string): Promise<string> {
  const places = name.includes('/') ? [cwd] : path.split(':').map((directory) => resolve(cwd, directory));
  let found: MountFailure | undefined;
  for (const place of places) {
    const file = resolve(place, name);
    try {
      if (!(await stat(file)).isFile()) throw new MountFailure(Errno.EACCES, 'it is not a program');
      await access(file, constants.X_OK);
      return file;
    } catch (error) {
      const failure = MountFailure.from(error);
      if (failure.errno === Errno.ENOENT || failure.errno === Errno.ENOTDIR) continue;
      found ??= new MountFailure(Errno.EACCES, `${file} cannot be run`, { cause: error });
    }
  }
  throw found ?? new MountFailure(Errno.ENOENT, 'there is no such program');
}

/** @throws MountFailure if programs cannot work in that directory */
export async function checkDirectory(path: string): Promise<void> {
  const directory = await stat(path).catch((error) => {
    throw new MountFailure(MountFailure.from(error).errno, `there is no directory ${path}`, { cause: error });
  });
  if (!directory.isDirectory()) throw new MountFailure(Errno.ENOTDIR, `${path} is not a directory`);
}
