/** The feed of a share root, as its file system wants it. */
import { os } from '../../native/index.js';
import { holders } from '../grants.js';
import { fileSystemOf, mountedFileSystems, pathOf, type Scratch } from '../share-root.js';
import { type Choice, chooseWatcher } from './choice.js';
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
 * Whether the feed of a share root tells exactly, and who changes what: only then can a guest keep what it has seen. Otherwise a change
 * by the host just before one by the guest would be taken for the guest's own.
 *
 * @throws SystemError if the file system does not say what it is
 */
export function isExact(root: string, rootFd: number, waker: number): boolean {
  return choose(root, rootFd).kind === 'inotify' && InotifyFeed.attributes(rootFd, waker);
}

function choose(root: string, rootFd: number, scratch?: Scratch): Choice {
  const types = holders(root, mountedFileSystems(scratch) ?? []).map(({ type }) => type);
  return chooseWatcher({ system: os.platform, ...fileSystemOf(rootFd, scratch), types });
}

/**
 * A feed, or why there is none: then nothing under the root may be cached.
 *
 * @throws SystemError if the file system does not say what it is
 */
export function openFeed(options: FeedOptions): Feed | NotWatched {
  const { root, rootFd, scratch } = options;
  const { kind, reason } = choose(root, rootFd, scratch);
  if (kind === 'inotify') return InotifyFeed.open({ ...options, reason });
  return new WatcherFeed({ ...options, kind, reason, pathOf: (fd) => pathOf(fd, scratch) });
}
