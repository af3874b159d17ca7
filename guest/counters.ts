/**
 * What a mount has done, counted by its worker and read by the main thread: a Float64Array in shared memory. Every place
 * has one writer, and an aligned double is stored whole, so nobody needs a lock; integers are exact up to 2^53.
 */
export const Counter = {
  /** requests taken from the kernel, whoever answers them */
  REQUESTS: 0,
  /** metadata replies given to the kernel (the data lane's are counted by its pump) */
  REPLIES: 1,
  /** announcements handed to their thread */
  NOTIFICATIONS: 2,
  /** bytes of requests, towards the daemon; not of those answered here */
  BYTES_OUT: 3,
  /** bytes of metadata replies and announcements, from the daemon */
  BYTES_IN: 4,
  /** replies that came too late: the call was interrupted meanwhile */
  LATE: 5,
  /** replies that the kernel refused; the call got EIO instead */
  REFUSED: 6,
  /** requests that were answered here */
  ANSWERED: 7,
} as const;

const PLACES = Object.keys(Counter).length;

export function createCounters(): Float64Array {
  return new Float64Array(new SharedArrayBuffer(PLACES * Float64Array.BYTES_PER_ELEMENT));
}
