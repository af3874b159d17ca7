/** The watcher of a share root, as its file system wants it. */
import { os } from '../../native/index.js';
import { holders } from '../grants.js';
import { fileSystemOf, mountedFileSystems, pathOf } from '../share-root.js';
import { type Choice, chooseWatcher } from './choice.js';
import { InotifyWatcher } from './linux/inotify.js';
import { SourceWatcher } from './source-watcher.js';
import type { Deliver, NotWatched, Watcher } from './watcher.js';

export interface Opened {
  readonly choice: Choice;
  /** or why there is none: then nothing under the root may be cached */
  readonly watcher: Watcher | NotWatched;
}

/**
 * @param root absolute real path of the share root
 * @param fd the root; stays the caller's
 * @throws SystemError if the file system does not say what it is
 */
export function openWatcher(root: string, fd: number, deliver: Deliver): Opened {
  const types = holders(root, mountedFileSystems() ?? []).map(({ type }) => type);
  const choice = chooseWatcher({ system: os.platform, ...fileSystemOf(fd), types });
  const { kind } = choice;
  const watcher =
    kind === 'inotify' ? InotifyWatcher.open({ root, deliver }) : new SourceWatcher({ kind, root, deliver, pathOf });
  return { choice, watcher };
}
