/** The one handle table of the tests' thread. */
import { os } from '../../../native/index.js';
import { succeeds } from './fixture.js';

export const SLOTS = 64;

let table: number | undefined;

/** Its id; made and attached on first use, and never destroyed: a thread attaches one table in its life. */
export function attachTable(): number {
  if (table === undefined) {
    table = succeeds(os.slotsCreate(SLOTS));
    succeeds(os.slotsAttach(table));
  }
  return table;
}
