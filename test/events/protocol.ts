/**
 * What the two programs are asked, one line of JSON each (wire.ts), and what they answer: {id, result} or {id, failure}. The
 * changer works on the host's directory; the watcher runs where the mount is, which may be another machine.
 */
import type { TreeEntry } from '../support/trees.js';

/** One event, as the watcher read it. */
export interface Seen {
  /** of the watch: the name under which the object was first watched */
  readonly label: string;
  readonly mask: number;
  readonly cookie: number;
  /** one character per byte; '': the watched object itself */
  readonly name: string;
  /** of a watch that the watcher added itself, in this step: see `linesOf` */
  readonly late: boolean;
}

/** What the guest has in its caches before the change. */
export const WARMTHS = ['nothing', 'entry', 'listed', 'negative', 'open', 'content'] as const;
export type Warmth = (typeof WARMTHS)[number];

export interface ChangerRequests {
  /** makes the case's directories and what is there before */
  prepare(request: { slug: string; dir: string; outside: string }): void;
  /**
   * Makes one step of the change (a step behind the last one: nothing), then a cookie in each directory of the case that was
   * there before the step and still is: of all of them, or of the watched ones. Result: the cookies' names. `also`: another
   * directory of the same shape, in which nothing but the cookies is made.
   */
  step(request: { index: number; cookies: 'all' | 'watched'; also?: string }): string[];
  /** removes the cookies of the last step again; their names */
  sweep(request: object): string[];
  /** makes an empty one */
  directory(request: { dir: string }): void;
  /** makes a cookie in the directory and in each below it; their names */
  cookies(request: { dir: string }): string[];
  tree(request: { dir: string }): TreeEntry[];
  /** closes what the change has left open */
  end(request: object): void;
}

export interface WatcherRequests {
  watch(request: { dir: string; labels: readonly string[]; recursive: boolean }): void;
  /** asks for the names, so that the caches hold what is wanted; 'open' keeps the files open until `release` */
  warm(request: { dir: string; warmth: Warmth; directories: readonly string[]; names: readonly string[] }): void;
  release(request: object): void;
  /**
   * Answers when every cookie's CREATE, or DELETE, has been read: all events so far but those of cookies. `missing` is not empty if
   * they have not come in time.
   */
  until(request: { cookies: readonly string[]; swept: boolean; milliseconds: number }): {
    events: Seen[];
    missing: string[];
  };
  tree(request: { dir: string }): TreeEntry[];
  /** takes the watches away; what had not been asked for yet */
  end(request: object): Seen[];
}

/** Begins the name of every cookie; no change makes such a name. */
export const COOKIE = '.cookie-';
