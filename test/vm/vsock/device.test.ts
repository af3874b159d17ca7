/**
 * The vsock device with a hypervisor and guest of ours: what an honest guest sees. What programs of the host see is in
 * hyperkit.test.ts.
 */
import assert from 'node:assert/strict';
import { closeSync, existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { addressName } from '../../../vm/vsock/name.js';
import { Op, Shut } from '../../../vm/vsock/packet.js';
import { Request } from '../../../vm/vsock/vhost-user.js';
import { until } from '../../support/until.js';
import { CID, EVENT_INDEX, INDIRECT, u32 } from './guest.js';
import { connectUnix, sendWithFiles } from './unix.js';
import { World } from './world.js';

const PORT = 4660;

describe('vsock device', () => {
  let world: World;
  let sockets: Socket[];
  beforeEach(async () => {
    sockets = [];
    world = await World.open();
    await world.listen(PORT, (socket) => sockets.push(socket));
  });
  afterEach(() => world.close());

  it('tells its CID in the configuration space, and nothing of what lies behind it', () => {
    const guest = world.guest();
    const answer = guest.ask(Request.GET_CONFIG, Buffer.concat([u32(0, 8, 0), Buffer.alloc(8)]));
    assert.equal(answer.readBigUInt64LE(12), BigInt(CID));
    assert.equal(guest.ask(Request.GET_CONFIG, Buffer.concat([u32(8, 8, 0), Buffer.alloc(8)])).length, 0);
  });

  for (const without of [0n, EVENT_INDEX, INDIRECT, EVENT_INDEX | INDIRECT]) {
    it(`carries bytes both ways, without features ${without.toString(16)}`, async () => {
      const guest = world.guest({ without });
      await world.listen(1, (socket) => socket.pipe(socket));
      const response = await guest.connect(1000, 1);
      assert.equal(response.header.op, Op.RESPONSE);
      assert.equal(response.header.dstPort, 1000);
      assert.ok(response.header.bufAlloc >= 8192);
      const layouts = without & INDIRECT ? (['one', 'two'] as const) : (['one', 'two', 'indirect'] as const);
      let forwarded = 0;
      for (const how of layouts) {
        const payload = Buffer.from(`some bytes, ${how}`);
        await guest.send({ srcPort: 1000, dstPort: 1, op: Op.RW, fwdCnt: forwarded }, payload, how);
        const back = await guest.expect(Op.RW);
        assert.deepEqual(back.payload, payload);
        assert.equal(back.header.length, payload.length);
        forwarded += payload.length;
        assert.equal(back.header.fwdCnt, forwarded);
      }
    });
  }

  it('gives packets back together while they are answered, and the last ones when nothing more comes', async () => {
    // Without an event index the device says so each time that it gives something back.
    const guest = world.guest({ without: EVENT_INDEX });
    await world.listen(1, (socket) => socket.pipe(socket));
    await guest.connect(1000, 1);
    await guest.room();
    const trips = 6;
    // A test that has to wait for its processor between two packets sees them given back one by one: the best counts.
    let least = trips;
    for (let attempt = 0; attempt < 20 && least === trips; attempt++) {
      guest.told();
      for (let trip = 0; trip < trips; trip++) {
        await guest.send({ srcPort: 1000, dstPort: 1, op: Op.RW }, Buffer.from('question'));
        await guest.expect(Op.RW);
      }
      await guest.room();
      let told = 0;
      await until(() => {
        told += guest.told();
        return told > 0;
      }, 'the device to say that it has given packets back');
      least = Math.min(least, told);
    }
    assert.ok(least < trips, `${trips} packets were given back one by one`);
  });

  it("answers the guest's close with RST, and still gives what came before to a slow reader", async () => {
    const guest = world.guest();
    const response = await guest.connect(1000, PORT);
    await until(() => sockets.length === 1, 'the connection');
    const total = response.header.bufAlloc;
    for (let sent = 0; sent < total; sent += 2048) {
      await guest.send({ srcPort: 1000, dstPort: PORT, op: Op.RW }, Buffer.alloc(2048, sent >> 11));
    }
    await guest.send({ srcPort: 1000, dstPort: PORT, op: Op.SHUTDOWN, flags: Shut.BOTH });
    for (;;) if ((await guest.next()).header.op === Op.RST) break;
    let got = 0;
    for await (const chunk of sockets[0]!) {
      for (const byte of chunk as Buffer) assert.equal(byte, (got++ >> 11) & 0xff);
    }
    assert.equal(got, total);
    await until(() => world.device.stats().connections === 0, 'the end');
  });

  it("stops at the guest's credit and goes on when it is renewed", async () => {
    const guest = world.guest();
    await guest.connect(1000, PORT, 1000);
    await until(() => sockets.length === 1, 'the connection');
    sockets[0]!.write(Buffer.alloc(3000, 7));
    assert.equal((await guest.expect(Op.RW)).payload.length, 1000);
    await guest.send({ srcPort: 1000, dstPort: PORT, op: Op.CREDIT_REQUEST, bufAlloc: 1000 });
    await guest.expect(Op.CREDIT_UPDATE);
    assert.equal(guest.take(), 0);
    await guest.send({ srcPort: 1000, dstPort: PORT, op: Op.CREDIT_UPDATE, bufAlloc: 1000, fwdCnt: 400 });
    assert.equal((await guest.expect(Op.RW)).payload.length, 400);
  });

  it('waits for buffers of the guest, and loses nothing', async () => {
    const guest = world.guest();
    await guest.connect(1000, PORT);
    await until(() => sockets.length === 1, 'the connection');
    sockets[0]!.write(Buffer.alloc(600_000, 1));
    let got = 0;
    while (got < 600_000) {
      // Every time all buffers are used up before new ones are given.
      const { payload } = await guest.next();
      got += payload.length;
    }
    assert.equal(got, 600_000);
  });

  it('does not take descriptors that a program sends for the end of what it has sent', async () => {
    const guest = world.guest();
    const program = connectUnix(world.connectPath);
    sendWithFiles(program, Buffer.from(`${addressName(CID, 5000)}\n`), []);
    const { header } = await guest.expect(Op.REQUEST);
    const back = { srcPort: 5000, dstPort: header.srcPort };
    await guest.send({ ...back, op: Op.RESPONSE, bufAlloc: 0 });
    sendWithFiles(program, Buffer.from('one'), [program]);
    sendWithFiles(program, Buffer.from('two'), []);
    await guest.send({ ...back, op: Op.CREDIT_UPDATE, bufAlloc: 100 });
    assert.equal((await guest.expect(Op.RW)).payload.toString(), 'one');
    assert.equal((await guest.expect(Op.RW)).payload.toString(), 'two');
    closeSync(program);
  });

  it('goes on from where it was when the hypervisor tells a running ring its addresses again', async () => {
    const guest = world.guest();
    await guest.connect(1000, PORT);
    for (const index of [0, 1]) assert.equal(guest.status(Request.SET_VRING_ADDR, guest.addresses(index)), 0);
    assert.equal((await guest.connect(1001, PORT)).header.op, Op.RESPONSE);
    assert.equal(world.device.stats().connections, 2);
    assert.deepEqual(guest.stop(), [2, 2]);
  });

  it('ends the connections when the guest stops, also by disabling its rings first', async () => {
    for (const disabledFirst of [false, true]) {
      const guest = world.guest();
      await guest.connect(1000, PORT);
      await until(() => sockets.length === 1, 'the connection');
      const end = closed(sockets[0]!);
      guest.stop(disabledFirst);
      await end;
      sockets.length = 0;
      await world.end(guest);
    }
  });

  it('ends the connections when the guest stops, and begins again with the next start', async () => {
    const guest = world.guest();
    await guest.connect(1000, PORT);
    await until(() => sockets.length === 1, 'the connection');
    const end = closed(sockets[0]!);
    const bases = guest.stop();
    assert.equal(bases[1], 1);
    await end;
    guest.start(0);
    guest.offer(8);
    assert.equal((await guest.connect(1000, PORT)).header.op, Op.RESPONSE);
    guest.stop();
    guest.start(65_530);
    guest.offer(8);
    for (let port = 1; port < 12; port++) assert.equal((await guest.connect(port, PORT)).header.op, Op.RESPONSE);
  });

  it('keeps a ring enabled that was stopped, until it is disabled or the device is reset', async () => {
    const guest = world.guest();
    guest.stop();
    guest.start(0, false);
    guest.offer(8);
    assert.equal((await guest.connect(1000, PORT)).header.op, Op.RESPONSE);
    for (const disable of [() => guest.stop(true), () => guest.status(Request.RESET_DEVICE, Buffer.alloc(0))]) {
      disable();
      guest.start(0, false);
      guest.received.length = 0;
      guest.offer(8);
      await guest.send({ srcPort: 1000, dstPort: PORT, op: Op.REQUEST });
      // With the second answer, what the device did after the first is done.
      for (let asked = 0; asked < 2; asked++) assert.equal(guest.status(Request.SET_OWNER, Buffer.alloc(0)), 0);
      assert.equal(guest.take(), 0);
      for (const index of [0, 1]) assert.equal(guest.status(Request.SET_VRING_ENABLE, u32(index, 1)), 0);
      await guest.expect(Op.RESPONSE);
    }
  });

  it('serves the next hypervisor when one has gone, and refuses a second one meanwhile', async () => {
    const first = world.guest();
    await first.connect(1000, PORT);
    assert.throws(() => world.guest(), /hung up|EPIPE|ECONNRESET/);
    await world.end(first);
    assert.equal((await world.guest().connect(1000, PORT)).header.op, Op.RESPONSE);
  });

  it('carries a thousand connections at once', async () => {
    const guest = world.guest();
    for (let port = 0; port < 1000; port++) await guest.connect(port, PORT);
    await until(() => sockets.length === 1000, 'all connections');
    assert.equal(world.device.stats().connections, 1000);
    for (const [at, socket] of sockets.entries()) socket.write(String(at));
    const seen = new Set<number>();
    for (let count = 0; count < 1000; count++) seen.add((await guest.expect(Op.RW)).header.dstPort);
    assert.equal(seen.size, 1000);
  });

  it('removes its sockets when it is closed', async () => {
    await world.device.close();
    assert.equal(existsSync(world.socketPath), false);
  });
});

/** Waits for the end of a connection, whichever kind. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => resolve());
    socket.once('end', () => socket.destroy());
    socket.resume();
  });
}
