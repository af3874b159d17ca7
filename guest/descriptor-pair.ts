/** Calls of os.ts that make two descriptors, for the agent's main thread. */
import { os } from '../native/index.js';

let pair: Int32Array | undefined;

/** @param make writes two s32 at the offset it is given. @returns the two, or -errno */
export function descriptorPair(make: (outOff: number) => number): readonly [number, number] | number {
  if (pair === undefined) {
    const arena = os.createArena(4096);
    os.attachArena(arena);
    pair = new Int32Array(arena, 0, 2);
  }
  const result = make(0);
  return result < 0 ? result : [pair[0]!, pair[1]!];
}
