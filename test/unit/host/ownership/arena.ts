/** A thread has one arena for all its life (native/os.ts): the tests that need one share it. */
import { os } from '../../../../native/index.js';

const BYTES = 64 * 1024;

let attached: ArrayBuffer | undefined;

export function testArena(): ArrayBuffer {
  if (attached === undefined) {
    attached = os.createArena(BYTES);
    os.attachArena(attached);
  }
  return attached;
}
