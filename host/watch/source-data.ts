/** What the thread of a source and the one that listens tell each other; batches are `Gathered`. Each `watch` has an id of its own. */
import type { Room } from './pending.js';

export interface SourceData {
  readonly kind: 'fsevents' | 'polling';
  readonly root: string;
  readonly room: Room;
  /** milliseconds between two looks, of polling */
  readonly interval: number;
  /** f64: events so far */
  readonly counters: SharedArrayBuffer;
}

export type SourceRequest =
  | { readonly kind: 'watch'; readonly path: string; readonly id: number; readonly identity: string }
  | { readonly kind: 'unwatch'; readonly id: number }
  | { readonly kind: 'sync'; readonly number: number }
  /** the batch was delivered */
  | { readonly kind: 'taken' }
  | { readonly kind: 'close' };
