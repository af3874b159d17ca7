/** Lanes in shared memory for the tests: both ends as lanes, or one of them by hand. */
import { closeSync, readSync, writeSync } from 'node:fs';
import { os } from '../../../native/index.js';
import { receiveDescriptors } from './descriptors.js';
import { socketPair, succeeds } from './fixture.js';
import { type Lane, LIMIT, lane } from './lanes.js';

export const RING = 64 * 1024;

/** The host's and the guest's end of one lane, in this thread. */
export function sharedPair(ring = RING, limit = LIMIT): { host: Lane; guest: Lane } {
  const [one, two] = socketPair();
  const host = lane(one, limit);
  const guest = lane(two, limit);
  succeeds(os.laneShareOffer(host.id, ring), 'laneShareOffer');
  succeeds(os.laneShareAccept(guest.id), 'laneShareAccept');
  return { host, guest };
}

/** Where the words of a direction are in the memory: `struct Ring` of shared_stream.cc. */
const BASE = { requests: 0, replies: 256 } as const;
const AT = { written: 0, start: 8, starved: 16, processor: 20, read: 128, sleeping: 136 } as const;
const WORDS = 64 * 1024;

/** The host's end as a lane, and a guest that does with the memory what it likes. */
export class RawGuest {
  readonly host: Lane;
  readonly memory: number;
  /** read end of the guest's bell */
  readonly bell: number;
  /** write end of the host's */
  readonly hostBell: number;
  readonly #bells: number[];
  readonly #socket: number;

  constructor(
    readonly ring = RING,
    limit = LIMIT,
  ) {
    const [one, two] = socketPair();
    this.#socket = two;
    this.host = lane(one, limit);
    succeeds(os.laneShareOffer(this.host.id, ring), 'laneShareOffer');
    [this.memory, this.bell, this.hostBell] = receiveDescriptors(two);
    this.#bells = [this.bell, this.hostBell];
  }

  /** Sets a word: 64 bits for positions, 32 for the others. */
  set(ring: 'requests' | 'replies', word: keyof typeof AT, value: number | bigint): void {
    const wide = word === 'written' || word === 'start' || word === 'read';
    const bytes = Buffer.alloc(wide ? 8 : 4);
    if (wide) bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
    else bytes.writeUInt32LE(Number(value));
    writeSync(this.memory, bytes, 0, bytes.length, BASE[ring] + AT[word]);
  }

  /** The position that the host has published. */
  position(ring: 'requests' | 'replies', word: 'written' | 'start' | 'read'): bigint {
    const out = Buffer.alloc(8);
    readSync(this.memory, out, 0, 8, BASE[ring] + AT[word]);
    return out.readBigUInt64LE();
  }

  /** Any bytes at all over the words of both directions. */
  scribble(bytes: Buffer): void {
    writeSync(this.memory, bytes, 0, Math.min(bytes.length, 512), 0);
  }

  /** Puts bytes into the requests' ring, and says nothing of it. */
  put(bytes: Buffer, at = 0): void {
    writeSync(this.memory, bytes, 0, bytes.length, WORDS + at);
  }

  ringBell(times = 1): void {
    writeSync(this.hostBell, Buffer.alloc(times));
  }

  /** Over the socket, where nothing belongs. */
  write(text: string): void {
    writeSync(this.#socket, text);
  }

  closeBells(): void {
    for (const fd of this.#bells.splice(0)) closeSync(fd);
  }

  close(): void {
    this.host.close();
    this.closeBells();
    closeSync(this.memory);
    closeSync(this.#socket);
  }
}
