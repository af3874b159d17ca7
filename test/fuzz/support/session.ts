/** One session under fire: batches of mutated requests, and what must hold after each. */
import assert from 'node:assert/strict';
import { opcodeName } from '../../../protocol/fuse/opcodes.js';
import { fuse_getattr_in, fuse_in_header, fuse_read_in } from '../../../protocol/fuse/structs.js';
import { inTime } from '../../host/support/eventually.js';
import type { Guest } from '../../host/support/guest.js';
import type { LaneClient } from '../../host/support/lane-client.js';
import { encode, pack } from '../../host/support/message.js';
import type { Random } from '../../unit/protocol/random.js';
import { Conversation, isData } from './conversation.js';
import { type Mutated, mutate } from './mutation.js';

const BATCH = 64;
/** A request in so many may break the protocol: a session should live long enough to have something to lose. */
const ROUGHNESS = 600;
/** Uniques of the requests that end a batch; no mutation makes one of these. */
const SENTINEL = 0xfeed_0000_0000_0000n;

export interface Tally {
  mutations: number;
  replies: number;
  sessions: number;
  /** why sessions ended, numbers left out */
  endings: Record<string, number>;
  /** answers by operation and errno */
  answered: Record<string, number>;
}

export class Session {
  readonly #guest: Guest;
  readonly #random: Random;
  readonly #tally: Tally;
  readonly #conversation: Conversation;
  /** how often each unique was sent and not yet answered */
  readonly #open = new Map<bigint, number>();
  /** operations by unique, for the tally */
  readonly #opcodes = new Map<bigint, number>();
  #unique = 0n;
  #batches = 0n;
  #ended = false;

  constructor(guest: Guest, random: Random, tally: Tally) {
    this.#guest = guest;
    this.#random = random;
    this.#tally = tally;
    this.#conversation = new Conversation(random);
    void guest.ended.then(() => {
      this.#ended = true;
    });
  }

  /** The messages of the last batch, for the report of a failure. */
  last: Buffer[] = [];

  /** Sends up to `limit` mutated requests; returns when they are answered, or the session has ended. */
  async run(limit: number): Promise<void> {
    for (let count = 0; count < limit && !this.#ended; count += BATCH) {
      const batch = Array.from({ length: BATCH }, () => this.#next());
      this.last = batch.map(({ bytes }) => bytes);
      const torn = batch.findIndex((message) => message.torn);
      for (const message of torn < 0 ? batch : batch.slice(0, torn + 1)) this.#send(message);
      this.#tally.mutations += torn < 0 ? BATCH : torn + 1;
      // What follows a torn message is not what we say it is: all that can be asked for is an end.
      if (torn >= 0) break;
      await inTime('answers to a batch, or the end of the session', this.#barrier());
      this.#learn(this.#guest.meta);
      this.#learn(this.#guest.data);
    }
    const reason = await this.#guest.leave();
    this.#tally.sessions++;
    const kind = reason.replaceAll(/\d+/g, 'N');
    this.#tally.endings[kind] = (this.#tally.endings[kind] ?? 0) + 1;
    assert.match(reason, /^(protocol violation: .|the guest closed the connection$)/, 'the reason of the end');
    // Remarks are fine; a handler that threw is not.
    assert.deepEqual(
      this.#guest.log.filter((line) => line.includes('unexpectedly')),
      [],
      'what the daemon logs',
    );
  }

  #next(): Mutated {
    this.#unique += 2n;
    const asked = this.#conversation.next();
    const original = encode(
      asked.opcode,
      this.#unique,
      { nodeid: asked.nodeid, uid: this.#random.pick([0, 0, 1000]) },
      asked.body,
    );
    const mutated = mutate(original, this.#random, this.#conversation, ROUGHNESS);
    // An answer teaches something only if it answers what was asked.
    if (mutated.bytes.equals(original)) this.#conversation.sent(this.#unique, asked);
    return mutated;
  }

  #send({ bytes, wrongLane }: Mutated): void {
    const opcode = bytes.readUInt32LE(fuse_in_header.at.opcode);
    const unique = bytes.readBigUInt64LE(fuse_in_header.at.unique);
    this.#open.set(unique, (this.#open.get(unique) ?? 0) + 1);
    this.#opcodes.set(unique, opcode);
    const lane = isData(opcode) !== wrongLane ? this.#guest.data : this.#guest.meta;
    // Now and then in two pieces, mostly in one.
    const cut = this.#random.below(20) === 0 ? this.#random.below(bytes.length) : 0;
    lane.send(bytes.subarray(0, cut));
    lane.send(bytes.subarray(cut));
  }

  /** Everything sent so far has been looked at, on both lanes; or the session has ended. */
  async #barrier(): Promise<void> {
    const unique = SENTINEL + 2n * this.#batches++;
    const { meta, data } = this.#guest;
    const answers = [meta.reply(unique), data.reply(unique)];
    meta.send(encode('GETATTR', unique, { nodeid: 1n }, [pack(fuse_getattr_in, {})]));
    data.send(encode('READ', unique, {}, [pack(fuse_read_in, {})]));
    const [attributes, refusal] = await Promise.all(answers.map((answer) => answer.catch(() => undefined)));
    if (attributes === undefined || refusal === undefined) {
      await this.#guest.ended;
      return;
    }
    assert.equal(attributes.error, 0, 'the root can be asked as ever');
    assert.notEqual(refusal.error, 0, 'a handle 0 is none');
  }

  #learn(lane: LaneClient): void {
    for (const reply of lane.strays.splice(0)) {
      const left = this.#open.get(reply.unique) ?? 0;
      assert.ok(left > 0, `an answer to ${reply.unique}, which nobody asked, or asked once and got two`);
      this.#open.set(reply.unique, left - 1);
      this.#conversation.learn(reply);
      this.#tally.replies++;
      const key = `${opcodeName(this.#opcodes.get(reply.unique)!)} ${reply.error}`;
      this.#tally.answered[key] = (this.#tally.answered[key] ?? 0) + 1;
    }
  }
}
