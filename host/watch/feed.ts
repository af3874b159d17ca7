/**
 * Watching directories of the host for whoever serves them, whatever the system and the file system do for it. It is asked,
 * and answers at once: `drain` tells its sink what has happened, in calls. What is told is where to look, never what there is.
 * Nothing is lost in silence: what could not be kept is told as "this directory as a whole" or "everything".
 */

/** The number by which the caller knows a directory. */
export type Key = number;

/** What is said to have happened to a name; a hint, and not all that happened. */
export const Hint = {
  CREATED: 1,
  REMOVED: 2,
  MODIFIED: 4,
  /** mode, owner, times, extended attributes, links */
  ATTRIBUTES: 8,
  /** somebody who had it open for writing has closed it */
  CLOSED: 16,
  MOVED: 32,
  DIRECTORY: 64,
} as const;

/** Why everything may have changed. */
export type Loss =
  /** the kernel's queue was full (IN_Q_OVERFLOW) or it, or the system's service, dropped events (KernelDropped, UserDropped) */
  | 'overflow'
  /** the one who is told was behind, more was kept for it than there is room for; or it has thrown */
  | 'slow-consumer'
  /** the root of the share is another directory now, or gone */
  | 'root-replaced'
  /** the numbers of events began anew (EventIdsWrapped) */
  | 'wrapped'
  /** the feed cannot know when its system began to watch */
  | 'barrier'
  /** the feed has ended by itself; nothing is watched any more */
  | 'failed';

/** Why a directory is not watched any more; it may be there, under this name or another. */
export type Ended = 'removed' | 'unmounted' | 'moved' | 'failed';

export interface Watched {
  readonly watched: true;
  /** it is told what other processes do there ({@link FeedSink.foreign}): the rest is this process's */
  readonly attributed: boolean;
}

export interface NotWatched {
  readonly watched: false;
  /** an errno: ENOSPC, EMFILE: a limit; ENOTSUP: there is no way here; EACCES, ENOTDIR … */
  readonly code: string;
  /** a sentence without its full stop */
  readonly reason: string;
}

export type Outcome = Watched | NotWatched;

export const WATCHED: Watched = { watched: true, attributed: false };
export const ATTRIBUTED: Watched = { watched: true, attributed: true };

export type WatcherKind = 'inotify' | 'fsevents' | 'polling';

export interface WatchStatistics {
  readonly kind: WatcherKind;
  /** why it is this one: a clause without its full stop */
  readonly reason: string;
  readonly watches: number;
  /** watches the user may have in all processes; undefined: no such limit, or not known */
  readonly limit?: number;
  /** what the system has told */
  readonly events: number;
  readonly losses: Readonly<Partial<Record<Loss, number>>>;
  /** why nothing is watched any more */
  readonly failed?: string;
}

/** Whoever is told. What a call of it throws is thrown on by `drain`; the next `drain` says "everything" then. */
export interface FeedSink {
  /**
   * One event of an exact feed, in order: bits of IN of native/os-watch.ts, without those that end a watch. `name`: bytes of
   * one path component as latin1, '' for the directory itself. `cookie`: the same for both halves of a rename; 0: none.
   */
  event(key: Key, mask: number, cookie: number, name: string): void;
  /**
   * Other processes caused these events (bits of IN) of the name ('.': of the directory itself), whatever else did too; told after the events of the same drain.
   * What an event has told may be followed by this with a later drain, and the other way round. Only of directories whose
   * {@link Outcome} said that it is known there who does what.
   */
  foreign?(key: Key, mask: number, name: string): void;
  /** One event of a file that is watched itself (`watchFile`), in order with all the others: bits of IN. DELETE_SELF is its last. */
  object?(key: Key, mask: number): void;
  /** Of feeds that are not exact: this name may have changed. `hints`: bits of {@link Hint} */
  dirty(key: Key, name: string, hints: number): void;
  /** Of feeds that are not exact: its own attributes or its own name may have changed. */
  self(key: Key): void;
  /** All names of the directory may have changed. */
  directory(key: Key): void;
  /** It may have changed as a whole, and what happens now is not told: watch it anew, then compare, or let it go. */
  ended(key: Key, why: Ended): void;
  /** Every directory may have changed, and some may be watched no more: watch each anew (it costs little), then compare. */
  everything(loss: Loss): void;
}

/** Belongs to one thread, which need not run an event loop: where there is something to tell, its waker is signalled. */
export interface Feed {
  readonly kind: WatcherKind;
  /** Events are told one by one, in order, and `drain` is complete: whatever happened on the host before it is told by it. */
  readonly exact: boolean;
  /**
   * From its return on every change in the directory behind `fd` is told; so look at the directory afterwards. A key that is
   * watched already takes the new directory; a directory may have several keys. `fd` stays the caller's, and need not stay
   * open. Where watching begins later (polling), the directory is told as changed when it has begun.
   */
  watch(fd: number, key: Key): Outcome;
  /** Nothing is told of the key after its return. Without effect if there is no such key. */
  unwatch(key: Key): void;
  /**
   * As `watch` for a file, by whatever name it is changed: one with several names, of which some are in directories that are
   * not watched. Files have keys of their own. Not there where a feed goes by names.
   */
  watchFile?(fd: number, key: Key): Outcome;
  unwatchFile?(key: Key): void;
  /** Tells all there is. The sink may watch and unwatch meanwhile, but not drain. */
  drain(sink: FeedSink): void;
  statistics(): WatchStatistics;
  /** Gives everything back. */
  close(): void;
}
