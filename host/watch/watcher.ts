/**
 * Watching directories of the host, whatever the system and the file system do for it. What is told is where to look, never
 * what there is: the one who listens compares with what it knows. Nothing is lost in silence: what could not be kept is
 * told as "this directory as a whole" or "everything".
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

export interface DirtyName {
  /** bytes of one path component */
  readonly name: Buffer;
  /** bits of {@link Hint} */
  readonly hints: number;
}

/** Why everything may have changed. */
export type Loss =
  /** the kernel's queue was full (IN_Q_OVERFLOW) or it, or the system's service, dropped events (KernelDropped, UserDropped) */
  | 'overflow'
  /** the one who listens was behind, more was kept for it than there is room for */
  | 'slow-consumer'
  /** the root of the share is another directory now, or gone */
  | 'root-replaced'
  /** the numbers of events began anew (EventIdsWrapped) */
  | 'wrapped'
  /** the watcher knows no other way to keep the promise of `sync` */
  | 'barrier'
  /** the watcher has ended by itself; nothing is watched any more */
  | 'failed';

/** Why a directory is not watched any more; it may be there, under this name or another. */
export type Ended = 'removed' | 'unmounted' | 'moved' | 'failed';

export type Change =
  /** these names of the directory may have changed */
  | { readonly kind: 'names'; readonly key: Key; readonly names: readonly DirtyName[] }
  /** its own attributes or its own name may have changed */
  | { readonly kind: 'self'; readonly key: Key }
  /** all of its names may have changed */
  | { readonly kind: 'directory'; readonly key: Key }
  /** it may have changed as a whole, and what happens now is not told: watch it anew, then compare, or let it go */
  | { readonly kind: 'unwatched'; readonly key: Key; readonly why: Ended }
  /** every directory may have changed, and some may be watched no more: watch each anew (it costs little), then compare */
  | { readonly kind: 'everything'; readonly loss: Loss };

export interface Place {
  readonly key: Key;
  readonly name: Buffer;
}

/** A rename within the batch: both places; or one, if the other is not watched or is told in another batch. A hint. */
export interface Move {
  /** the system's number of the rename */
  readonly cookie: number;
  readonly from?: Place;
  readonly to?: Place;
}

/** `changes` in the order in which the directories were first heard of, "everything" before all else. */
export interface Batch {
  readonly changes: readonly Change[];
  readonly moves: readonly Move[];
}

export interface Watched {
  readonly watched: true;
}

export interface NotWatched {
  readonly watched: false;
  /** an errno: ENOSPC, EMFILE: a limit; ENOTSUP: there is no way here; EACCES, ENOTDIR … */
  readonly code: string;
  /** a sentence without its full stop */
  readonly reason: string;
}

export type Outcome = Watched | NotWatched;

export const WATCHED: Watched = { watched: true };

export type WatcherKind = 'inotify' | 'fsevents' | 'polling';

export interface WatchStatistics {
  readonly kind: WatcherKind;
  readonly watches: number;
  /** watches the user may have in all processes; undefined: no such limit, or not known */
  readonly limit?: number;
  /** what the system has told */
  readonly events: number;
  readonly batches: number;
  readonly losses: Readonly<Partial<Record<Loss, number>>>;
  /** why nothing is watched any more */
  readonly failed?: string;
}

export interface Watcher {
  /**
   * From its return on every change in the directory behind `fd` is delivered; so look at the directory afterwards. A key that
   * is watched already takes the new directory; a directory may have several keys. `fd` stays the caller's, and need not
   * stay open. Where watching begins later (polling), the directory is delivered as changed when it has begun.
   */
  watch(fd: number, key: Key): Outcome;
  /** Nothing is delivered for the key after its return. Without effect if there is no such key. */
  unwatch(key: Key): void;
  /**
   * Resolves when whatever happened on the host before the call has been delivered.
   *
   * @throws Error (rejects) once the watcher is closed or has failed
   */
  sync(): Promise<void>;
  statistics(): WatchStatistics;
  /** Gives everything back; delivers nothing more. */
  close(): Promise<void>;
}

/** Takes a batch; the next one comes after its return. What it throws is thrown on, and the watcher goes on. */
export type Deliver = (batch: Batch) => void;
