/** What the host did, as the events say it or a comparison finds it, in the order in which it is to be told. */
import type { Change, Place, Victim } from '../snapshot/changes.js';

export type { Place, Victim } from '../snapshot/changes.js';

/** Row of the object (snapshot/stat.ts); where it is found now, if it has moved on since. */
export interface Appeared {
  readonly kind: 'created' | 'moved-in';
  readonly at: Place;
  readonly stat: Uint32Array;
  readonly now?: Place;
  over?: Victim;
}

export type HostChange =
  | Exclude<Change, { kind: 'created' | 'moved-in' }>
  | Appeared
  /** the host may have had a hand in it, and no event can tell: nothing of it is kept */
  | { readonly kind: 'unsure'; readonly at: Place; readonly stat: Uint32Array }
  /** somebody who had it open for writing has closed it */
  | { readonly kind: 'written'; readonly at: Place; readonly stat: Uint32Array };
