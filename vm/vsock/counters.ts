/** What a device has done: a Float64Array in shared memory, written by its worker and read by the main thread. */
export const Counter = {
  PACKETS_FROM_GUEST: 0,
  BYTES_FROM_GUEST: 1,
  BYTES_TO_GUEST: 2,
  /** connections made so far, and there now (draining ones too) */
  ACCEPTED: 3,
  DIALLED: 4,
  CONNECTIONS: 5,
  /** connections that were refused: nobody listens, too many */
  REFUSED: 6,
  /** packets that no honest guest sends; each is answered with RST or passed over */
  LIES: 7,
  /** times that the worker has looked for something to do */
  WAITS: 8,
  /** times that a ring was taken out of use */
  BROKEN: 9,
  /** times that it went to sleep because there was nothing */
  SLEEPS: 10,
} as const;

const PLACES = Object.keys(Counter).length;

export function createCounters(): Float64Array {
  return new Float64Array(new SharedArrayBuffer(PLACES * Float64Array.BYTES_PER_ELEMENT));
}
