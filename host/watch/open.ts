/** The feed of a share root, as its file system wants it. */
import { os } from '../../native/index.js';
import { holders } from '../grants.js';
import { fileSystemOf, mountedFileSystems, pathOf, type Scratch } from '../share-root.js';
import { chooseWatcher } from './choice.js';
import type { Feed, NotWatched } from './feed.js';
import { InotifyFeed } from './linux/inotify-feed.js';
import { WatcherFeed } from './watcher-feed.js';

export interface FeedOptions {
  /** absolute real path of the share root */
  readonly root: string;
  /** the root; stays the caller's */
  readonly rootFd: number;
  /** the waker of the thread that calls, signalled when there is something to drain; open until the feed is closed */
  readonly waker: number;
  /** of the calling thread's arena, not used for anything else; at a multiple of 4. Touched: 64 KiB, at the beginning more */
  readonly scratch: Scratch;
  /** bytes of events that are kept until they are drained; beyond that everything is lost, and it is told so */
  readonly bytes?: number;
}

/**
 * A feed, or why there is none: then nothing under the root may be cached.
 *
 * @throws SystemError if the file system does not say what it is
 */
export function openFeed(options: FeedOptions): Feed | NotWatched {
  const { root, rootFd, scratch } = options;
  const types = holders(root, mountedFileSystems(scratch) ?? []).map(({ type }) => type);
  const { kind, reason } = chooseWatcher({ system: os.platform, ...fileSystemOf(rootFd, scratch), types });
  if (kind === 'inotify') return InotifyFeed.open({ ...options, reason });
  return new WatcherFeed({ ...options, kind, reason, pathOf: (fd) => pathOf(fd, scratch) });
}
