/**
 * Everything the addon (build/Release/osmofs.node) exports: the calls of the seam, speaking the system's own flag
 * numbers where Os speaks Linux's. Calls of integers take exactly the documented number of 32-bit integers and throw a
 * TypeError for anything else; a failed system call is never an exception.
 */
import type { Os } from './os.js';

export interface Addon extends Omit<Os, 'platform'> {
  /**
   * The translation of the system's errno numbers (the index) to Linux's (the value, 0 = none: EIO). Given once, before
   * the first call; later ones are ignored. Never given on Linux.
   */
  setErrnoTable(table: Int32Array): void;
}
