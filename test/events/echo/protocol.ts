/** What the program in the guest is asked: as `../protocol.ts`. */
import type { TreeEntry } from '../../support/trees.js';

export interface GuestRequests {
  /** an empty directory to work in; the seed is not 0 */
  begin(request: { dir: string; seed: number }): void;
  /**
   * Does so many operations more. Result: one line per operation, and below it, indented, what the watches were told by then.
   * Before the operation `disturbance` somebody else makes one change: for a run that is wrong on purpose.
   */
  work(request: { count: number; disturbance?: number }): string[];
  /** closes what is open; what the watches were told */
  finish(request: object): string[];
  /** answers when the cookies have come: what else has come */
  until(request: { cookies: readonly string[]; milliseconds: number }): { lines: string[]; missing: string[] };
  tree(request: object): TreeEntry[];
}
