/** Memory for the calls of os.ts on the agent's main thread, of which there are few: each uses it from the start. */
import { os } from '../native/index.js';

let arena: ArrayBuffer | undefined;

export function mainArena(): ArrayBuffer {
  if (arena === undefined) {
    arena = os.createArena(8192);
    os.attachArena(arena);
  }
  return arena;
}
