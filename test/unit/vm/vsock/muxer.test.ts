/** The muxer's decisions, without sockets or rings. What a whole device does with them: test/vm/vsock. */
import assert from 'node:assert/strict';
import { Errno } from '../../../../protocol/errno.js';
import { Counter } from '../../../../vm/vsock/counters.js';
import { LIMITS } from '../../../../vm/vsock/limits.js';
import { Op, Shut } from '../../../../vm/vsock/packet.js';
import { PLEDGE } from '../../../../vm/vsock/pledges.js';
import { FakeStreams } from './fake-streams.js';

describe('vsock muxer', () => {
  let streams: FakeStreams;
  beforeEach(() => {
    streams = new FakeStreams();
  });

  /** A connection of the guest's port 1000 to port 5, on socket 100. */
  function open(): void {
    streams.from({ op: Op.REQUEST });
    assert.deepEqual(streams.ops(), [Op.RESPONSE]);
  }

  it('answers a request by what the dialled port says', () => {
    open();
    streams.from({ op: Op.REQUEST, dstPort: 404 });
    assert.deepEqual(streams.ops(), [Op.RST]);
    assert.equal(streams.counters[Counter.REFUSED], 1);
  });

  it('never answers RST with RST', () => {
    streams.from({ op: Op.RST });
    assert.deepEqual(streams.ops(), []);
  });

  it('sends its answer before the bytes that are there already', () => {
    streams.room = 0;
    streams.from({ op: Op.REQUEST });
    streams.has.set(100, 10);
    streams.muxer.readable(100, false, false);
    assert.equal(streams.muxer.wantsRoom, true);
    streams.room = 9;
    streams.muxer.pump();
    assert.deepEqual(streams.ops(), [Op.RESPONSE, Op.RW]);
    assert.equal(streams.muxer.wantsRoom, false);
  });

  it('says the end after the bytes before it, also when they wait for credit', () => {
    open();
    streams.has.set(100, 70_000);
    streams.ended.add(100);
    streams.muxer.readable(100, true, false);
    streams.muxer.pump();
    assert.ok(streams.ops().every((op) => op === Op.RW));
    streams.from({ op: Op.CREDIT_UPDATE, bufAlloc: 65_536, fwdCnt: 65_536 });
    assert.deepEqual(streams.ops(), [Op.RW, Op.RW, Op.SHUTDOWN]);
  });

  it('takes turns: one busy connection does not keep the others waiting', () => {
    open();
    streams.from({ op: Op.REQUEST, srcPort: 1001 });
    streams.ops();
    streams.room = 4;
    for (const stream of [100, 101]) {
      streams.has.set(stream, 60_000);
      streams.muxer.readable(stream, false, false);
    }
    streams.muxer.pump();
    assert.deepEqual(
      streams.put_.map((header) => header.dstPort),
      [1000, 1001, 1000, 1001],
    );
  });

  it('leaves off after a while, however much one side brings and the other takes, and goes on with the next call', () => {
    streams.from({ op: Op.REQUEST, bufAlloc: 0xffff_ffff });
    streams.ops();
    streams.room = Number.POSITIVE_INFINITY;
    streams.has.set(100, 2 ** 30);
    streams.muxer.readable(100, false, false);
    for (let call = 0; call < 2; call++) {
      streams.muxer.pump();
      assert.equal(streams.ops().length, LIMITS.turns);
      assert.equal(streams.muxer.wantsRoom, true);
    }
  });

  it('tells the guest of room in time, and counts what nobody reads as read', () => {
    open();
    streams.from({ op: Op.RW, length: 65_536 });
    assert.deepEqual(streams.ops(), [Op.CREDIT_UPDATE]);
    streams.failure = -Errno.EPIPE;
    streams.from({ op: Op.RW, length: 1000 });
    const [shutdown] = streams.put_.splice(0);
    assert.equal(shutdown!.op, Op.SHUTDOWN);
    assert.equal(shutdown!.flags, Shut.RECEIVE);
    assert.equal(shutdown!.fwdCnt, 66_536);
  });

  it('takes for told only what has gone to the guest, not what a packet that came to nothing would have said', () => {
    open();
    const part = PLEDGE.most / 4 - 1;
    for (let count = 0; count < 4; count++) {
      streams.from({ op: Op.RW, length: part });
      // The socket is reported, and has nothing: its bytes went with the report before.
      streams.muxer.readable(100, false, false);
      streams.muxer.pump();
    }
    const told = streams.put_.map((header) => header.fwdCnt);
    assert.deepEqual(told, [2 * part, 4 * part]);
  });

  it("keeps what the host's program has no room for, tells nobody that it is read, and sends the rest later", () => {
    open();
    streams.takes = 1000;
    streams.from({ op: Op.RW, length: 5000 });
    streams.from({ op: Op.CREDIT_REQUEST });
    assert.equal(streams.put_[0]!.fwdCnt, 1000);
    assert.deepEqual(streams.done, ['watch 100']);
    streams.takes = 10_000;
    streams.muxer.writable(100);
    assert.deepEqual(streams.done, ['watch 100', 'unwatch 100']);
  });

  it("closes the writing side of the host's program only when everything has reached it", () => {
    open();
    streams.takes = 0;
    streams.from({ op: Op.RW, length: 100 });
    streams.from({ op: Op.SHUTDOWN, flags: Shut.SEND });
    assert.ok(!streams.done.includes('shut write 100'));
    streams.takes = 100;
    streams.muxer.writable(100);
    assert.ok(streams.done.includes('shut write 100'));
  });

  it('lets the ports of a closed connection be used again while the old bytes are still being read', () => {
    open();
    streams.takes = 0;
    streams.from({ op: Op.RW, length: 100 });
    streams.from({ op: Op.SHUTDOWN, flags: Shut.BOTH });
    assert.deepEqual(streams.ops(), [Op.RST]);
    assert.equal(streams.muxer.connections, 1);
    streams.from({ op: Op.REQUEST });
    assert.deepEqual(streams.ops(), [Op.RESPONSE]);
    streams.takes = 1000;
    streams.muxer.writable(100);
    assert.ok(streams.done.includes('close 100'));
    assert.ok(!streams.done.includes('close 101'));
    assert.equal(streams.muxer.connections, 1);
  });

  it('gives up a guest that does not answer, at the time that it says', () => {
    streams.muxer.dialled(50, 7, 1000);
    streams.muxer.pump();
    assert.deepEqual(streams.ops(), [Op.REQUEST]);
    streams.muxer.tick(1000 + LIMITS.answer - 1);
    assert.equal(streams.muxer.waiting, true);
    streams.muxer.tick(1000 + LIMITS.answer);
    streams.muxer.pump();
    assert.equal(streams.muxer.waiting, false);
    assert.deepEqual(streams.done, ['close 50']);
    assert.deepEqual(streams.ops(), [Op.RST]);
  });

  it('has a limit of connections, for both who connects and who is dialled', () => {
    for (let port = 0; port < LIMITS.connections; port++) {
      streams.room = 10;
      streams.from({ op: Op.REQUEST, srcPort: port });
    }
    streams.ops();
    streams.from({ op: Op.REQUEST, srcPort: 99_999 });
    assert.deepEqual(streams.ops(), [Op.RST]);
    streams.muxer.dialled(9, 7, 0);
    assert.deepEqual(streams.done, ['close 9']);
    streams.muxer.clear();
    assert.equal(streams.done.length, 1 + LIMITS.connections);
    assert.equal(streams.muxer.connections, 0);
    open2();
  });

  function open2(): void {
    streams.from({ op: Op.REQUEST, srcPort: 1 });
    assert.deepEqual(streams.ops(), [Op.RESPONSE]);
  }

  it('takes no more packets when too many answers wait for room', () => {
    streams.room = 0;
    for (let port = 0; streams.muxer.accepting; port++) streams.from({ op: Op.RW, srcPort: port });
    streams.room = 1;
    streams.muxer.pump();
    assert.equal(streams.muxer.accepting, true);
  });
});
