/**
 * The vsock device and a guest that writes whatever comes to its mind into its rings, its packets and its hypervisor's messages:
 * no crash (in the stage `sanitized` no access out of bounds either), and every time the next honest guest is served.
 * OSMOFS_FUZZ_SECONDS is the box of each kind; OSMOFS_FUZZ_SEED, which is in every title, repeats or varies a run.
 */
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { type Header, Op } from '../../vm/vsock/packet.js';
import { Request } from '../../vm/vsock/vhost-user.js';
import { until } from '../support/until.js';
import { Random } from '../unit/protocol/random.js';
import { FakeGuest, GUEST, MEMORY, RING, SIZE, USER, u32, u64 } from '../vm/vsock/guest.js';
import { World } from '../vm/vsock/world.js';

const SEED = Number(process.env.OSMOFS_FUZZ_SEED ?? 20_261_122);
const SECONDS = Number(process.env.OSMOFS_FUZZ_SECONDS ?? 8);
/** At most, so that a fast machine does the same as the last one. */
const ROUNDS = 300;
const PORT = 4660;

describe('a guest that sends anything over vsock', () => {
  // Each kind begins anew, however far the one before it came; what programs of the host do comes in no order, and so
  // draws from numbers of its own.
  let random: Random;
  let programs: Random;
  let world: World;
  let deadline: number;
  beforeEach(async () => {
    random = new Random(SEED);
    programs = new Random(SEED);
    world = await World.open();
    await world.listen(PORT, (socket) => misbehave(socket));
    deadline = performance.now() + SECONDS * 1000;
  });
  afterEach(() => world.close());

  /** Programs of the host: echo, leave, do not read, half a close. */
  function misbehave(socket: Socket): void {
    const kind = programs.below(5);
    if (kind === 0) socket.destroy();
    else if (kind === 1) socket.end('goodbye');
    else if (kind === 2) socket.pause();
    else socket.pipe(socket);
  }

  async function stillServes(): Promise<void> {
    const guest = world.guest();
    await until(() => guest.take() >= 0, 'the rings');
    for (;;) {
      const { header } = await guest.connect(40_000, PORT);
      if (header.dstPort === 40_000 && header.op === Op.RESPONSE) break;
    }
    await world.end(guest);
  }

  it(`serves on after packets of random fields, seed ${SEED}`, async () => {
    for (let round = 0; round < ROUNDS && performance.now() < deadline; round++) {
      const guest = world.guest();
      for (let count = 0; count < 60; count++) {
        await guest.send(header(), Buffer.alloc(random.below(3000), count), random.pick(['one', 'two', 'indirect']));
        guest.take(random.below(3) > 0);
        guest.received.length = 0;
      }
      await world.end(guest);
    }
    assert.equal(world.device.stats().broken, 0);
    assert.equal(world.device.stats().connections, 0);
    await stillServes();
  });

  function header(): Partial<Header> {
    const odd = (value: number): number => (random.below(12) === 0 ? number32() : value);
    return {
      srcCid: odd(3),
      dstCid: odd(2),
      srcPort: random.below(6),
      dstPort: odd(PORT),
      type: odd(1) & 0xffff,
      op: random.pick([
        Op.REQUEST,
        Op.RESPONSE,
        Op.RST,
        Op.SHUTDOWN,
        Op.RW,
        Op.RW,
        Op.CREDIT_REQUEST,
        random.below(256),
      ]),
      flags: random.below(4),
      bufAlloc: random.pick([0, 1, 5000, 1 << 20, 0xffff_ffff]),
      fwdCnt: random.pick([0, 1, random.below(10_000), number32()]),
      ...(random.below(8) === 0 ? { length: number32() } : {}),
    };
  }

  function number32(): number {
    return random.pick([0, 1, 0x7fff_ffff, 0xffff_ffff, random.below(0xffff_ffff)]);
  }

  it(`serves on after rings of random contents, seed ${SEED}`, async () => {
    for (let round = 0; round < ROUNDS && performance.now() < deadline; round++) {
      const guest = world.guest();
      await guest.connect(1, PORT);
      for (let count = 0; count < 40; count++) {
        const index = random.below(2);
        for (let at = 0; at < 4; at++) {
          const flags = random.below(6) === 0 ? random.below(0x10000) : random.pick([0, 1, 2, 3, 4, 6]);
          guest.descriptor(index, random.below(8), address(), length(), flags, random.below(9));
        }
        // Indirect tables, and bytes that look like headers, somewhere in the memory.
        guest.store(RING[1]!.buffers + 16 * random.below(64), noise(64));
        if (random.below(4) === 0) guest.setAvailable(index, random.below(0x10000));
        else guest.add(index, random.below(10));
        guest.kick(index);
        guest.take(random.below(2) > 0);
        if (random.below(8) > 0) continue;
        guest.stop();
        guest.start(random.below(0x10000));
      }
      await world.end(guest);
    }
    await stillServes();
  });

  function address(): bigint {
    const inside = BigInt(RING[random.below(2)]!.buffers + random.below(4096));
    const kind = random.below(8);
    if (kind === 0) return BigInt(number32()) << 32n;
    if (kind === 1) return GUEST + BigInt(MEMORY) - BigInt(random.below(100));
    if (kind === 2) return GUEST + BigInt(random.below(0x8000));
    return GUEST + inside;
  }

  function length(): number {
    return random.pick([0, 1, 16, 44, 45, 64, 160, 4096, random.below(0x1_0000), number32()]);
  }

  function noise(bytes: number): Buffer {
    return Buffer.from(Array.from({ length: bytes }, () => random.pick([0, 0, 1, 2, 3, 4, 0xff, random.below(256)])));
  }

  it(`serves on after a hypervisor of random messages, seed ${SEED}`, async () => {
    const requests = Object.values(Request);
    let round = 0;
    for (; round < ROUNDS && performance.now() < deadline; round++) {
      const guest = new FakeGuest(world.socketPath);
      try {
        if (random.below(3) > 0) guest.negotiate();
        for (let count = 0; count < 20; count++) {
          const payload = random.below(4) === 0 ? noise(random.below(300)) : plausible();
          const files = random.below(3) === 0 ? Array.from({ length: random.below(10) }, () => guest.memory) : [];
          guest.message(random.below(8) === 0 ? number32() : random.pick(requests), payload, files);
        }
      } catch (error) {
        // It has hung up: that is one of the right answers.
        assert.match(String(error), /EPIPE|ECONNRESET|hung up/);
      }
      guest.close();
    }
    // Some came before the one before them had gone.
    const refused = () => world.log.filter((line) => line.includes('a second hypervisor is refused')).length;
    await until(() => world.gone + refused() === round, 'the last one to go');
    await stillServes();
  });

  function plausible(): Buffer {
    const index = random.below(3);
    return random.pick([
      Buffer.alloc(0),
      u32(index, random.pick([0, 1, 3, SIZE, 1024, 4096, number32()])),
      u64(BigInt(index) | (random.below(2) === 0 ? 0n : 256n)),
      Buffer.concat([u32(index, 0), u64(USER), u64(USER + 0x1000n), u64(USER + BigInt(random.below(MEMORY))), u64(0n)]),
      Buffer.concat([u32(1, 0), u64(GUEST), u64(BigInt(random.below(2 * MEMORY))), u64(USER), u64(0n)]),
    ]);
  }
});
