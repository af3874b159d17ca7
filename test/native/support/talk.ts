/**
 * Conversations over lanes of which both sides know the script: how many messages of which sizes, from a seed. Bytes are
 * compared as they come, however they are cut.
 */
import assert from 'node:assert/strict';
import { os, WOKEN } from '../../../native/index.js';
import { bytes, OUT } from './fixture.js';

const MiB = 1 << 20;
const LONGEST = MiB;
/** What messages are made of, and where the next comes to. */
const SOURCE = OUT;
const OFFSETS = 4096;
const RX = OUT + 2 * MiB;
const RX_SIZE = MiB;

/** Numbers from 0 to below `limit`, the same for the same seed. */
export function random(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

let prepared = false;

/** The thread's memory with the bytes that every message is a piece of. */
function prepare(): void {
  if (prepared) return;
  prepared = true;
  const next = random(1);
  const words = new Uint32Array(bytes.buffer, SOURCE, (LONGEST + OFFSETS) / 4);
  for (let at = 0; at < words.length; at++) words[at] = next(0xffff_ffff);
}

/** Messages that one side sends without a pause. */
export interface Script {
  sizes: Iterable<number>;
  /** all of them, bytes */
  total: number;
}

/** At most `most` messages: many small ones, a few of any size up to the longest. */
export function mixed(seed: number, most: number): Script {
  const next = random(seed);
  const sizes = Array.from({ length: 1 + next(most) }, () => {
    const shape = next(20);
    return 1 + next(shape === 0 ? LONGEST : shape < 4 ? 65_536 : 200);
  });
  return { sizes, total: sizes.reduce((sum, size) => sum + size, 0) };
}

export function uniform(count: number, size: number): Script {
  const sizes = (function* () {
    for (let done = 0; done < count; done++) yield size;
  })();
  return { sizes, total: count * size };
}

export class Talker {
  #sent = 0;
  #received = 0;

  /** @param choose what is left to chance: how sends and receives are cut, and how long is spun */
  constructor(
    readonly lane: number,
    readonly choose: (limit: number) => number,
  ) {
    prepare();
  }

  /** Sends the messages, each in pieces cut anywhere. */
  say(script: Script): void {
    for (const size of script.sizes) {
      const offset = (this.#sent++ * 7919) % OFFSETS;
      for (let at = 0; at < size; ) {
        const piece = this.choose(3) > 0 ? size - at : 1 + this.choose(size - at);
        this.#check(os.laneSend(this.lane, SOURCE + offset + at, piece), 'laneSend');
        at += piece;
      }
    }
  }

  /** Receives the messages and compares them. */
  hear(script: Script): void {
    let have = 0;
    let from = RX;
    let left = script.total;
    for (const size of script.sizes) {
      const offset = (this.#received++ * 7919) % OFFSETS;
      for (let at = 0; at < size; ) {
        if (have === 0) {
          // Not past the end of this script: what follows belongs to the next one.
          const room = Math.min(left, this.choose(3) > 0 ? RX_SIZE : 1 + this.choose(5000));
          have = this.#check(os.laneExchange(this.lane, 0, 0, RX, room, [0, 0, 5, 60][this.choose(4)]), 'laneExchange');
          assert.ok(have > 0, 'the stream has ended');
          left -= have;
          from = RX;
        }
        const now = Math.min(have, size - at);
        const same = bytes.compare(bytes, from, from + now, SOURCE + offset + at, SOURCE + offset + at + now);
        assert.equal(same, 0, `message ${this.#received - 1} differs at ${at} of ${size}`);
        at += now;
        from += now;
        have -= now;
      }
    }
  }

  /** Nothing is said any more. */
  untilTheEnd(): void {
    const got = this.#check(os.laneExchange(this.lane, 0, 0, RX, 1, 0), 'laneExchange');
    assert.equal(got, 0, 'more than the script says');
  }

  #check(result: number, what: string): number {
    // Nobody signals the waker but a test that has waited too long.
    if (result === WOKEN)
      throw new Error(`${what} slept too long, after ${this.#sent} sent, ${this.#received} received`);
    if (result < 0) throw new Error(`${what}: ${result}`);
    return result;
  }
}
