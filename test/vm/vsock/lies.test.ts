/**
 * A guest, or a hypervisor, that lies to the vsock device: each lie has its defined end (RST, a ring out of use until its
 * driver starts again, a front end given up), it is said in the log once, and the device serves the next honest one.
 */
import assert from 'node:assert/strict';
import { readdirSync, readlinkSync } from 'node:fs';
import { os } from '../../../native/index.js';
import { Op, Shut } from '../../../vm/vsock/packet.js';
import { Request } from '../../../vm/vsock/vhost-user.js';
import { until } from '../../support/until.js';
import { descriptor, FakeGuest, GUEST, MEMORY, RING, SIZE, USER, u32, u64 } from './guest.js';
import { World } from './world.js';

const PORT = 4660;
const TX = GUEST + BigInt(RING[1]!.buffers);

describe('vsock device and a guest that lies', () => {
  let world: World;
  beforeEach(async () => {
    world = await World.open();
    await world.listen(PORT, (socket) => socket.resume());
  });
  afterEach(() => world.close());

  /** The device still serves: a new start of the rings, a connection. */
  async function stillServes(guest: FakeGuest): Promise<void> {
    guest.stop();
    guest.start();
    guest.received.length = 0;
    guest.offer(SIZE);
    assert.equal((await guest.connect(7, PORT)).header.op, Op.RESPONSE);
  }

  /** What the driver puts into the transmit ring, and the sentence that it ends with. */
  const broken: Record<string, readonly [(guest: FakeGuest) => void, RegExp]> = {
    'a chain in a circle': [
      (guest) => {
        guest.descriptor(1, 0, TX, 16, 1, 1);
        guest.descriptor(1, 1, TX, 16, 1, 0);
        guest.add(1, 0);
      },
      /no end/,
    ],
    'a head outside the table': [(guest) => guest.add(1, SIZE), /outside its table/],
    'a successor outside the table': [
      (guest) => {
        guest.descriptor(1, 0, TX, 16, 1, 0xffff);
        guest.add(1, 0);
      },
      /outside its table/,
    ],
    'a buffer outside the memory': [
      (guest) => {
        guest.descriptor(1, 0, GUEST + BigInt(MEMORY) - 8n, 44, 0);
        guest.add(1, 0);
      },
      /outside the guest's memory/,
    ],
    'a buffer whose end wraps around': [
      (guest) => {
        guest.descriptor(1, 0, 0xffff_ffff_ffff_fff0n, 0xffff_ffff, 0);
        guest.add(1, 0);
      },
      /outside the guest's memory/,
    ],
    'a buffer to write where it sends': [
      (guest) => {
        guest.descriptor(1, 0, TX, 44, 2);
        guest.add(1, 0);
      },
      /wrong direction/,
    ],
    'an indirect table in an indirect table': [
      (guest) => {
        guest.store(RING[1]!.buffers, descriptor(TX, 16, 4, 0));
        guest.descriptor(1, 0, TX, 16, 4);
        guest.add(1, 0);
      },
      /must be none/,
    ],
    'an indirect table of 5 bytes': [
      (guest) => {
        guest.descriptor(1, 0, TX, 5, 4);
        guest.add(1, 0);
      },
      /impossible length/,
    ],
    'an index far ahead': [(guest) => guest.setAvailable(1, 30_000), /further ahead/],
  };
  for (const [what, [lie, sentence]] of Object.entries(broken)) {
    it(`a ring with ${what} is out of use until it starts again`, async () => {
      const guest = world.guest();
      await guest.connect(1000, PORT);
      lie(guest);
      guest.kick(1);
      await until(() => world.log.some((line) => sentence.test(line)), `the sentence: ${sentence}`);
      assert.equal(world.device.stats().broken, 1);
      assert.equal(world.device.stats().connections, 0);
      await stillServes(guest);
    });
  }

  it('a receive buffer that no header fits into ends the ring', async () => {
    const guest = world.guest();
    guest.stop();
    guest.start();
    guest.descriptor(0, 0, GUEST + BigInt(RING[0]!.buffers), 10, 2);
    guest.add(0, 0);
    await guest.send({ srcPort: 1, dstPort: PORT, op: Op.REQUEST });
    await until(() => world.log.some((line) => /too small/.test(line)), 'the sentence');
    await stillServes(guest);
  });

  const reset: Record<string, (guest: FakeGuest) => Promise<void>> = {
    'bytes without a connection': (guest) => guest.send({ srcPort: 5, dstPort: PORT, op: Op.RW }, Buffer.alloc(9)),
    'more bytes than it brings': async (guest) => {
      await guest.connect(5, PORT);
      await guest.send({ srcPort: 5, dstPort: PORT, op: Op.RW, length: 60_000 }, Buffer.alloc(9));
    },
    'bytes after it said that there are none': async (guest) => {
      await guest.connect(5, PORT);
      await guest.send({ srcPort: 5, dstPort: PORT, op: Op.SHUTDOWN, flags: Shut.SEND });
      await guest.send({ srcPort: 5, dstPort: PORT, op: Op.RW }, Buffer.alloc(9));
    },
    'a second request on a connection': async (guest) => {
      await guest.connect(5, PORT);
      await guest.send({ srcPort: 5, dstPort: PORT, op: Op.REQUEST });
    },
    'an answer that nobody asked for': async (guest) => {
      await guest.connect(5, PORT);
      await guest.send({ srcPort: 5, dstPort: PORT, op: Op.RESPONSE });
    },
    'an unknown operation': async (guest) => {
      await guest.connect(5, PORT);
      await guest.send({ srcPort: 5, dstPort: PORT, op: 99 });
    },
    'another type': (guest) => guest.send({ srcPort: 5, dstPort: PORT, op: Op.REQUEST, type: 2 }),
    'another machine': (guest) => guest.send({ srcPort: 5, dstPort: PORT, op: Op.REQUEST, dstCid: 77 }),
  };
  for (const [what, lie] of Object.entries(reset)) {
    it(`${what} is answered with RST`, async () => {
      const guest = world.guest();
      await lie(guest);
      const { header } = await guest.expect(Op.RST);
      assert.equal(header.dstPort, 5);
      assert.equal(header.srcPort, PORT);
      await until(() => world.device.stats().connections === 0, 'the end');
      assert.equal((await guest.connect(6, PORT)).header.op, Op.RESPONSE);
    });
  }

  it('more bytes than its credit are answered with RST: a program that does not read costs no more than promised', async () => {
    await world.listen(2, (socket) => socket.pause());
    const guest = world.guest();
    const { header } = await guest.connect(5, 2);
    // The kernel's own buffers take some; then the device's fill up.
    const packet = Buffer.alloc(4000);
    let sent = 0;
    while (!guest.received.some((each) => each.header.op === Op.RST) && sent < header.bufAlloc * 20) {
      guest.take();
      await guest.send({ srcPort: 5, dstPort: 2, op: Op.RW }, packet);
      sent += packet.length;
    }
    for (;;) if ((await guest.next()).header.op === Op.RST) break;
    assert.ok(sent >= header.bufAlloc);
  });

  it("a packet in another's name is passed over without an answer, and so is one shorter than a header", async () => {
    const guest = world.guest();
    await guest.send({ srcCid: 8, srcPort: 5, dstPort: PORT, op: Op.REQUEST });
    guest.descriptor(1, 10, TX, 20, 0);
    guest.add(1, 10);
    guest.kick(1);
    await guest.room();
    await guest.send({ srcPort: 6, dstPort: PORT, op: Op.RST });
    assert.equal((await guest.connect(7, PORT)).header.dstPort, 7);
    assert.equal(world.device.stats().lies, 2);
  });

  it('answers that the guest gives no room for do not pile up: packets wait instead', async () => {
    const guest = world.guest();
    guest.stop();
    guest.start();
    // 1024 resets wait at most; the transmit ring then stands still with packets in it.
    const flood = (async () => {
      for (let count = 0; count < 3000; count++) await guest.send({ srcPort: count, dstPort: 9, op: Op.RW });
    })();
    await until(() => world.device.stats().packetsFromGuest === 1024, 'the device to stop taking packets');
    guest.offer(SIZE);
    let resets = 0;
    while (resets < 3000) {
      const { header } = await guest.next();
      assert.equal(header.op, Op.RST);
      resets++;
    }
    await flood;
  });

  const hypervisors: Record<string, (guest: FakeGuest) => void> = {
    'a message longer than any': (guest) => guest.raw(Buffer.concat([u32(1, 1, 0x7fff_ffff)])),
    'another version': (guest) => guest.message(Request.GET_FEATURES, undefined, [], 2),
    'a ring that there is none of': (guest) => guest.message(Request.SET_VRING_NUM, u32(7, 64)),
    'too few bytes': (guest) => guest.message(Request.SET_VRING_ADDR, u32(0)),
    'descriptors where none belong': (guest) => guest.message(Request.SET_OWNER, undefined, [guest.memory]),
    'features that were not offered, without asking': (guest) => guest.message(Request.SET_FEATURES, u64(1n << 50n)),
  };
  for (const [what, lie] of Object.entries(hypervisors)) {
    it(`a hypervisor that sends ${what} is given up`, async () => {
      const guest = world.guest();
      lie(guest);
      await until(() => world.gone === 1, 'the end');
      assert.ok(world.log.some((line) => line.startsWith('warn: ')));
      assert.equal((await world.guest().connect(1, PORT)).header.op, Op.RESPONSE);
    });
  }

  it('a new table of memory without one of the rings is refused, and neither ring is looked at where it was', async () => {
    const guest = world.guest();
    await guest.connect(1, PORT);
    const half = BigInt(RING[1]!.descriptors);
    const table = (user: bigint) => Buffer.concat([u32(1, 0), u64(GUEST), u64(half), u64(user), u64(0n)]);
    // Only ring 1 is inside; then only ring 0.
    for (const user of [USER + half, USER]) {
      assert.equal(guest.status(Request.SET_MEM_TABLE, table(user), [guest.memory]), 14);
      for (const index of [0, 1]) guest.kick(index);
      assert.equal(guest.shareMemory(), 0);
      await stillServes(guest);
    }
  });

  it('descriptors that come with what is refused are closed', async () => {
    const files = (guest: FakeGuest) => Array.from({ length: 8 }, () => guest.memory);
    const lies: readonly ((guest: FakeGuest) => void)[] = [
      (guest) => guest.message(Request.SET_OWNER, undefined, files(guest)),
      (guest) => guest.message(Request.SET_MEM_TABLE, u32(3, 0), files(guest)),
      (guest) => guest.message(Request.SET_VRING_KICK, u64(9n), [guest.memory]),
      (guest) => guest.raw(Buffer.concat([u32(1, 1, 0x7fff_ffff)]), files(guest)),
      // Half a message, and nothing any more.
      (guest) => guest.raw(Buffer.concat([u32(Request.SET_MEM_TABLE, 1, 40)]), files(guest)),
      // Half a ring: it has never run when its front end goes.
      (guest) => {
        const call = os.wakerCreate();
        assert.equal(guest.status(Request.SET_VRING_CALL, u64(0n), [call]), 0);
        os.close(call);
      },
    ];
    const before = openDescriptors();
    for (const [at, lie] of lies.entries()) {
      const guest = new FakeGuest(world.socketPath);
      lie(guest);
      guest.close();
      await until(() => world.gone === at + 1, 'the end');
    }
    assert.deepEqual(openDescriptors(), before);
  });

  it('memory that its file does not have, or rings outside of it, are refused with an errno', () => {
    const guest = world.guest();
    guest.stop(true);
    assert.equal(guest.shareMemory(BigInt(MEMORY), 4096n), 34);
    assert.equal(guest.shareMemory(0n), 22);
    assert.equal(guest.shareMemory(0xffff_ffff_ffff_f000n, 0x2000n), 22);
    assert.equal(guest.shareMemory(), 0);
    assert.equal(guest.status(Request.SET_VRING_NUM, u32(0, 63)), 0);
    const addresses = guest.addresses(0);
    assert.equal(guest.status(Request.SET_VRING_ADDR, addresses), 0);
    assert.equal(guest.status(Request.SET_VRING_KICK, u64(256n)), 95);
    assert.equal(guest.status(Request.SET_VRING_KICK, u64(0n), [guest.kicks[0]!]), 0);
    assert.equal(guest.status(Request.SET_VRING_ENABLE, u32(0, 1)), 22);
    assert.equal(guest.status(Request.SET_VRING_NUM, u32(0, 64)), 0);
    addresses.writeBigUInt64LE(0x1234n, 8);
    assert.equal(guest.status(Request.SET_VRING_ADDR, addresses), 0);
    assert.equal(guest.status(Request.SET_VRING_ENABLE, u32(0, 1)), 14);
    assert.equal(guest.status(Request.SET_FEATURES, u64(1n << 50n)), 95);
  });
});

/** What this process has open, by kind; a memory file or an eventfd too many stands out. */
function openDescriptors(): string[] {
  const kinds = readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`).replace(/:\[\d+\]$/, '')];
    } catch {
      // The one by which the directory was read.
      return [];
    }
  });
  return kinds.filter((kind) => /memfd|eventfd|socket/.test(kind)).sort();
}
