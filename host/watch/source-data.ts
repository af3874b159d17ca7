/** What the thread of a source and the feed tell each other. Each `watch` has an id of its own. */
import type { MessagePort } from 'node:worker_threads';
import type { Gathered, Room } from './pending.js';

export interface SourceData {
  readonly kind: 'fsevents' | 'polling';
  readonly root: string;
  readonly room: Room;
  /** milliseconds between two looks, of polling */
  readonly interval: number;
  /** of `SourceRequest`, and back of `SourceReport` */
  readonly port: MessagePort;
  /** of the one who takes reports, which has no event loop to hear of them */
  readonly waker: number;
  /** f64: events so far */
  readonly counters: SharedArrayBuffer;
  /** s32: not 0 = the source is closed, by itself or as asked; somebody may wait for it */
  readonly closed: SharedArrayBuffer;
}

export type SourceRequest =
  | { readonly kind: 'watch'; readonly path: string; readonly id: number; readonly identity: string }
  | { readonly kind: 'unwatch'; readonly id: number }
  /** the batch was taken */
  | { readonly kind: 'taken' }
  | { readonly kind: 'close' };

/** Or why there will be none any more. */
export type SourceReport = Gathered | { readonly failed: string };
