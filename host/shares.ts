/**
 * Share roots: the host directories that may be exported. Both a root and what is asked for are resolved (realpath)
 * before they are compared, so no symlink leads out of a root and none hides one.
 */
import { realpath, stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import type { Share } from './api.js';
import { type Config, readConfig, writeConfig } from './config.js';
import { Problem, systemCode } from './problem.js';

export interface ShareRoot {
  /** as configured, absolute */
  readonly path: string;
  /** resolved; undefined while the root does not exist */
  readonly real: string | undefined;
  readonly source: 'default' | 'config';
}

/** What Docker for Mac shared out of the box, and its counterpart on Linux. */
export function defaultRoots(platform: 'linux' | 'darwin', home: string): string[] {
  return platform === 'darwin' ? ['/Users', '/Volumes', '/private', '/tmp', '/var/folders'] : [home, '/tmp'];
}

export class Shares {
  readonly #configFile: string;
  readonly #defaults: readonly string[];
  /** Changes are made one after the other: each begins with what the last one wrote. */
  #lastChange: Promise<unknown> = Promise.resolve();

  constructor(configFile: string, defaults: readonly string[]) {
    this.#configFile = configFile;
    this.#defaults = defaults;
  }

  async list(): Promise<ShareRoot[]> {
    const configured = readConfig(this.#configFile).shares;
    const source = configured === undefined ? 'default' : 'config';
    return Promise.all(
      (configured ?? this.#defaults).map(async (path) => ({ path, real: await resolved(path), source })),
    );
  }

  /** Adds a root; adding one that is there changes nothing. */
  add(path: string): Promise<ShareRoot> {
    return this.#inTurn(() => this.#add(path));
  }

  async #add(path: string): Promise<ShareRoot> {
    const absolute = resolve(path);
    const real = await realDirectory(absolute);
    const roots = await this.list();
    const same = roots.find((root) => root.path === absolute || root.real === real);
    if (same !== undefined) return same;
    this.#save([...roots.map((root) => root.path), absolute]);
    return { path: absolute, real, source: 'config' };
  }

  /** The roots that would remain without `path`, which is named as configured or by what it resolves to. */
  async without(path: string): Promise<{ removed: ShareRoot; remaining: ShareRoot[] }> {
    const absolute = resolve(path);
    const real = await resolved(absolute);
    const roots = await this.list();
    const removed =
      roots.find((root) => root.path === absolute) ?? roots.find((root) => real !== undefined && root.real === real);
    if (removed === undefined) {
      throw new Problem('not-found', absolute, 'not a share root', 'See them with: osmofs share ls');
    }
    return { removed, remaining: roots.filter((root) => root !== removed) };
  }

  remove(path: string): Promise<ShareRoot> {
    return this.#inTurn(async () => {
      const { removed, remaining } = await this.without(path);
      this.#save(remaining.map((root) => root.path));
      return removed;
    });
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#lastChange.then(change);
    this.#lastChange = result.catch(() => {});
    return result;
  }

  #save(shares: string[]): void {
    const config: Config = readConfig(this.#configFile);
    writeConfig(this.#configFile, { ...config, shares });
  }
}

/** The root that covers a resolved path, if any. */
export function covering(roots: readonly ShareRoot[], real: string): ShareRoot | undefined {
  return roots.find((root) => root.real !== undefined && contains(root.real, real));
}

/** The root that covers a resolved path and has no other one below it that does too: the least that has to be served for it. */
export function innermost(roots: readonly ShareRoot[], real: string): ShareRoot | undefined {
  const all = roots.filter((root) => root.real !== undefined && contains(root.real, real));
  return all.reduce<ShareRoot | undefined>(
    (best, root) => (best && best.real!.length >= root.real!.length ? best : root),
    undefined,
  );
}

/** Whether `path` is `directory` or below it; both absolute and resolved. */
export function contains(directory: string, path: string): boolean {
  return path === directory || path.startsWith(directory === sep ? sep : `${directory}${sep}`);
}

/** Refusal of a source that lies under no share root. */
export function notShared(path: string): Problem {
  return new Problem(
    'not-shared',
    path,
    'not shared from the host',
    `Share it first: osmofs share add ${shellWord(path)}`,
  );
}

/** The path as one word of a POSIX shell, quoted only if it has to be. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The resolved path of a directory that is there, else a {@link Problem}. */
export async function realDirectory(path: string): Promise<string> {
  let real: string;
  try {
    real = await realpath(path);
    if ((await stat(real)).isDirectory()) return real;
  } catch (error) {
    throw badSource(path, error);
  }
  throw new Problem(
    'bad-source',
    path,
    'not a directory',
    `Share the directory it is in: ${shellWord(join(path, '..'))}`,
  );
}

export function badSource(path: string, error: unknown): Problem {
  const reasons: Record<string, [what: string, hint: string]> = {
    ENOENT: ['no such directory', `Create it: mkdir -p ${shellWord(path)}`],
    ENOTDIR: ['a part of the path is not a directory', 'Check the path'],
    EACCES: ['permission denied', 'The user who runs osmofs must be able to read and enter it'],
    ELOOP: ['too many symbolic links', 'Check the links on its path'],
  };
  const [what, hint] = reasons[systemCode(error)] ?? [`cannot be opened (${systemCode(error)})`, 'Check the path'];
  return new Problem('bad-source', path, what, hint, { cause: error });
}

async function resolved(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch {
    return undefined;
  }
}

export function shareView({ path, real, source }: ShareRoot): Share {
  return { path, present: real !== undefined, source };
}
