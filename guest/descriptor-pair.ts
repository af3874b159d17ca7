/** Calls of os.ts that make two descriptors, for the agent's main thread. */
import { mainArena } from './main-arena.js';

/** @param make writes two s32 at the offset it is given. @returns the two, or -errno */
export function descriptorPair(make: (outOff: number) => number): readonly [number, number] | number {
  const pair = new Int32Array(mainArena(), 0, 2);
  const result = make(0);
  return result < 0 ? result : [pair[0]!, pair[1]!];
}
