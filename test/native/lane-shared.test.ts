/** Lanes in shared memory: everything a lane promises, with both ends as lanes. What a hostile end can do: lane-shared-peer. */
import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { os, SlowOp, WOKEN } from '../../native/index.js';
import { Errno } from '../../protocol/errno.js';
import { until } from '../support/until.js';
import { bytes, directory, fails, OUT, socketPair, succeeds, u64 } from './support/fixture.js';
import { type Lane, lane, pattern, patterned, s32 } from './support/lanes.js';
import { inAnotherThread } from './support/process.js';
import { attachTable } from './support/table.js';

const MiB = 1 << 20;
const RING = 4 * MiB;

/** The host's and the guest's end of a shared lane. */
function sharedPair(ring = RING): { host: Lane; guest: Lane } {
  const [one, two] = socketPair();
  const host = lane(one);
  const guest = lane(two);
  succeeds(os.laneShareOffer(host.id, ring), 'laneShareOffer');
  succeeds(os.laneShareAccept(guest.id), 'laneShareAccept');
  return { host, guest };
}

/** Exactly `length` bytes. */
function receive(from: Lane, length: number): Buffer {
  const parts: Buffer[] = [];
  for (let left = length; left > 0; ) {
    const got = succeeds(os.laneExchange(from.id, 0, 0, OUT, Math.min(left, 2 * MiB), 50), 'laneExchange');
    assert.ok(got > 0, 'end of stream');
    parts.push(Buffer.from(bytes.subarray(OUT, OUT + got)));
    left -= got;
  }
  return Buffer.concat(parts);
}

describe('native: lanes in shared memory', () => {
  const place = directory();
  let host: Lane;
  let guest: Lane;

  before(() => attachTable());
  beforeEach(() => {
    ({ host, guest } = sharedPair());
  });
  afterEach(() => {
    host.close();
    guest.close();
  });

  it('bytes travel both ways', () => {
    assert.equal(guest.send(Buffer.from('request')), 0);
    assert.equal(host.receive().toString(), 'request');
    assert.equal(host.send(Buffer.from('reply')), 0);
    assert.equal(os.laneExchange(guest.id, 0, 0, OUT, 2, 0), 2);
    assert.equal(guest.receive().toString(), 'ply');
  });

  it('any sizes, many times around the ring', () => {
    let sent = 0;
    for (let round = 0; round < 300; round++) {
      const length = 1 + ((round * 104_729) % 900_000);
      pattern(OUT, length, round);
      assert.equal(os.laneSend(host.id, OUT, length), 0);
      sent += length;
      assert.ok(receive(guest, length).equals(patterned(length, round)), `message ${round}`);
    }
    assert.ok(sent > 20 * RING);
  });

  it('what the ring does not take is kept and follows', () => {
    for (let count = 0; count < 8; count++) {
      pattern(OUT, MiB, count);
      assert.equal(os.laneSend(host.id, OUT, MiB), 0);
    }
    for (let count = 0; count < 8; count++) {
      assert.ok(receive(guest, MiB).equals(patterned(MiB, count)), `message ${count}`);
      os.laneSend(host.id, 0, 0);
    }
  });

  it('two threads talk as fast as they can and nothing is lost or mixed', async () => {
    const count = 20_000;
    const { worker, first } = await inAnotherThread('echo.js', { lane: guest.id, bytes: count * 100 });
    assert.equal(first, 'ready');
    // Sizes and the time between messages vary: the other side falls asleep and is woken again and again.
    let answered = 0;
    for (let sent = 0; sent < count; sent++) {
      const message = Buffer.alloc(100, sent & 0xff);
      message.writeUInt32LE(sent);
      message.copy(bytes, OUT);
      let have = succeeds(os.laneExchange(host.id, OUT, 100, OUT + 4096, 100, sent % 3 === 0 ? 0 : 20), 'laneExchange');
      while (have < 100) have += succeeds(os.laneExchange(host.id, 0, 0, OUT + 4096 + have, 100 - have, 0));
      assert.ok(bytes.subarray(OUT + 4096, OUT + 4196).equals(message), `answer ${sent}`);
      answered++;
    }
    assert.equal(answered, count);
    await worker.terminate();
  });

  it('a signalled waker ends the wait; data goes first', () => {
    os.wakerSignal(host.waker);
    guest.send(Buffer.from('x'));
    assert.equal(os.laneExchange(host.id, 0, 0, OUT, 4, 0), 1);
    assert.equal(os.laneExchange(host.id, 0, 0, OUT, 4, 50), WOKEN);
    os.wakerDrain(host.waker);
  });

  it('a congested lane is WOKEN out of its wait for room', () => {
    os.wakerSignal(host.waker);
    let sent = 1;
    while (os.laneSend(host.id, OUT, MiB) === 0) sent++;
    os.wakerDrain(host.waker);
    assert.ok(sent > 16);
  });

  for (const [who, closer, other] of [
    ['host', () => host, () => guest],
    ['guest', () => guest, () => host],
  ] as const) {
    it(`the ${who}'s end is the end of the stream, after all that it sent`, () => {
      closer().send(Buffer.from('last'));
      os.laneShutdown(closer().id);
      assert.equal(other().receive().toString(), 'last');
      assert.equal(os.laneExchange(other().id, 0, 0, OUT, 4, 0), 0);
      assert.equal(os.laneExchange(closer().id, 0, 0, OUT, 4, 0), 0);
      fails(other().send(Buffer.from('x')), 'EPIPE');
    });
  }

  it('laneReplyRead reads into the ring', () => {
    const size = 3 * MiB + 77;
    const content = patterned(size);
    writeFileSync(`${place.path}/file`, content);
    const file = openSync(`${place.path}/file`, 'r');
    for (const [position, length, expected] of [
      [0, MiB, MiB],
      [1, 100_000, 100_000],
      [size - 10, MiB, 10],
      [size, 10, 0],
      [5, 0, 0],
    ]) {
      assert.equal(os.laneReplyRead(host.id, file, u64(9), u64(position), length), 0);
      const header = receive(guest, 16);
      assert.deepEqual(
        [header.readUInt32LE(0), header.readInt32LE(4), header.readBigUInt64LE(8)],
        [16 + expected, 0, 9n],
      );
      if (expected > 0) assert.ok(receive(guest, expected).equals(content.subarray(position, position + expected)));
    }
    for (const [fd, length, code] of [
      [9999, 10, 'EBADF'],
      [file, 2 * MiB, 'EINVAL'],
    ] as const) {
      assert.equal(os.laneReplyRead(host.id, fd, u64(9), u64(0), length), 0);
      assert.equal(receive(guest, 16).readInt32LE(4), -Errno[code]);
    }
    // More than the ring holds: the rest is kept.
    for (let count = 0; count < 6; count++)
      assert.equal(os.laneReplyRead(host.id, file, u64(count), u64(count), MiB), 0);
    for (let count = 0; count < 6; count++) {
      assert.equal(receive(guest, 16).readBigUInt64LE(8), BigInt(count));
      assert.ok(receive(guest, MiB).equals(content.subarray(count, count + MiB)), `reply ${count}`);
      os.laneSend(host.id, 0, 0);
    }
    closeSync(file);
  });

  it('laneReceiveWrite writes from the ring', () => {
    writeFileSync(`${place.path}/written`, '');
    const file = openSync(`${place.path}/written`, 'r+');
    const content = patterned(MiB);
    for (const [have, position, append] of [
      [0, 0, 0],
      [100_000, 4097, 0],
      [0, 0, 1],
    ]) {
      guest.send(content.subarray(have));
      content.copy(bytes, OUT, 0, have);
      const before = readFileSync(`${place.path}/written`).length;
      const status = u64(0);
      assert.equal(os.laneReceiveWrite(host.id, file, OUT, have, MiB, u64(position), append, status), MiB);
      assert.deepEqual([s32(status), s32(status + 4)], [0, MiB - have]);
      const at = append === 1 ? before : position;
      assert.ok(
        readFileSync(`${place.path}/written`)
          .subarray(at, at + MiB)
          .equals(content),
      );
    }
    const status = u64(0);
    guest.send(content);
    assert.equal(os.laneReceiveWrite(host.id, -1, OUT, 0, MiB, u64(0), 0, status), -Errno.EBADF);
    assert.deepEqual([s32(status), s32(status + 4)], [0, MiB]);
    guest.send(content.subarray(0, 1000));
    os.wakerSignal(host.waker);
    assert.equal(os.laneReceiveWrite(host.id, file, OUT, 0, MiB, u64(0), 0, status), 1000);
    assert.deepEqual([s32(status), s32(status + 4)], [WOKEN, 1000]);
    os.wakerDrain(host.waker);
    guest.send(Buffer.from('abc'));
    os.laneShutdown(guest.id);
    assert.equal(os.laneReceiveWrite(host.id, file, OUT, 0, 1000, u64(0), 0, status), 3);
    assert.deepEqual([s32(status), s32(status + 4)], [-Errno.ECONNRESET, 3]);
    closeSync(file);
  });

  it('the pool answers on it', async () => {
    succeeds(os.slotOpen(40, 1, openSync('/dev/null', 'r'), 0));
    succeeds(os.slotPin(40, 1));
    assert.equal(os.slotClose(40, 1), 0);
    assert.equal(os.laneSubmit(host.id, SlowOp.FDATASYNC, u64(12), 40, -1, u64(0, 0, 0)), 0);
    const reply = receive(guest, 16);
    assert.deepEqual([reply.readInt32LE(4), reply.readBigUInt64LE(8)], [-Errno.EINVAL, 12n]);
    await until(() => os.lanePending(host.id) === 0, 'the operation is over');
  });

  it('refuses rings of impossible sizes, and an offer that never comes is the end of it', () => {
    const [one, two] = socketPair();
    const mine = lane(one);
    for (const size of [0, 1000, 100_000, 32_768, -4096]) fails(os.laneShareOffer(mine.id, size), 'EINVAL');
    fails(os.laneShareOffer(999_999, RING), 'EBADF');
    closeSync(two);
    assert.ok(os.laneShareAccept(mine.id) < 0);
    mine.close();
  });

  it('refuses what comes without memory', () => {
    const [one, two] = socketPair();
    const mine = lane(one);
    writeSync(two, 'x');
    assert.ok(os.laneShareAccept(mine.id) < 0);
    mine.close();
    closeSync(two);
  });
});
