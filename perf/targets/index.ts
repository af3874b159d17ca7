import { native } from './native.js';
import { osmofs } from './osmofs.js';
import { passthrough } from './passthrough-ll.js';
import type { Target } from './target.js';

/** The system that the limits are for. */
export const SUBJECT = 'osmofs';
/** What it is compared with. */
export const REFERENCE = 'passthrough_ll';

/** In the order of the tables' columns. @param traced servers that count requests, and are slower for it */
export function targets(traced: boolean): readonly Target[] {
  return [native, passthrough(traced), osmofs];
}
