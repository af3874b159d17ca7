/**
 * Where superblocks are mounted of which only parts are shown: a directory that root alone may enter, and a mount without peers, so that
 * what is mounted in it appears in no other mount namespace. A kernel makes binds only of what is in the tree.
 */
import { lstat, mkdir, readdir, rmdir } from 'node:fs/promises';
import { os } from '../native/index.js';
import { Errno } from '../protocol/errno.js';
import { MNT_DETACH, MS_BIND, MS_PRIVATE, UMOUNT_NOFOLLOW } from '../protocol/linux.js';
import { MountFailure } from './failure.js';
import { mainArena } from './main-arena.js';
import { readMounts } from './mountinfo.js';
import { Strings } from './strings.js';

const PARENT = '/run';
const PREFIX = 'osmofs-agent-';
const PRIVATE_MODE = 0o700;

export class HiddenPlace {
  readonly directory = `${PARENT}/${PREFIX}${process.pid}`;
  /** superblocks that are there or on their way: while there are any, the directory is */
  readonly #used = new Set<number>();
  #last: Promise<unknown> = Promise.resolve();

  /** A directory to mount that superblock on, bytes. @throws MountFailure */
  async take(id: number): Promise<Buffer> {
    return await this.#inTurn(async () => {
      if (this.#used.size === 0) await openPlace(this.directory);
      this.#used.add(id);
      const place = `${this.directory}/${id}`;
      await mkdir(place, { mode: PRIVATE_MODE }).catch(unlessThere);
      return Buffer.from(place);
    });
  }

  /** It is not mounted any more, or never was. Never rejects. */
  async give(id: number): Promise<void> {
    await this.#inTurn(async () => {
      await rmdir(`${this.directory}/${id}`).catch(() => {});
      if (this.#used.delete(id) && this.#used.size === 0) await close(this.directory);
    }).catch(() => {});
  }

  /** What has been asked for so far is done. */
  async settled(): Promise<void> {
    await this.#last;
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const result = this.#last.then(act);
    this.#last = result.catch(() => {});
    return result;
  }
}

/** What agents that were killed have left, apart from superblocks, which are gone by now. Never rejects. */
export async function clearHiddenPlaces(): Promise<void> {
  const names = await readdir(PARENT).catch(() => []);
  for (const name of names.filter((each) => /^osmofs-agent-\d+$/.test(each))) {
    const alive = await lstat(`/proc/${name.slice(PREFIX.length)}`).catch(() => undefined);
    if (alive === undefined || name === `${PREFIX}${process.pid}`) await close(`${PARENT}/${name}`);
  }
}

async function openPlace(directory: string): Promise<void> {
  await mkdir(directory, { mode: PRIVATE_MODE }).catch(unlessThere);
  const { uid, mode } = await lstat(directory);
  if (uid !== process.geteuid?.() || (mode & 0o7777) !== PRIVATE_MODE) {
    throw new MountFailure(Errno.EPERM, `${directory} is not this agent’s`);
  }
  mount(directory, MS_BIND);
  mount(directory, MS_PRIVATE);
}

/** The mounts on it and itself; what is used stays. */
async function close(directory: string): Promise<void> {
  const point = Buffer.from(directory);
  const places = await readdir(directory).catch(() => []);
  for (const place of places) await rmdir(`${directory}/${place}`).catch(() => {});
  const mounted = (await readMounts()).filter((entry) => entry.point.equals(point));
  for (const _ of mounted) os.unmount(new Strings(mainArena()).put(point), MNT_DETACH | UMOUNT_NOFOLLOW);
  await rmdir(directory).catch(() => {});
}

function mount(directory: string, flags: number): void {
  const strings = new Strings(mainArena());
  const point = strings.put(directory);
  const result = os.mount(point, point, strings.put('none'), flags, strings.put(''));
  if (result < 0) throw MountFailure.of(result, `cannot make ${directory} a place of its own`);
}

function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw MountFailure.from(error);
}
