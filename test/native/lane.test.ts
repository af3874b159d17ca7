/** Lanes: exchange, wakers, what is kept when the socket is full, ends. */
import assert from 'node:assert/strict';
import { closeSync, writeSync } from 'node:fs';
import { os, WOKEN } from '../../native/index.js';
import { bytes, fails, OUT, raw, socketPair } from './support/fixture.js';
import { LIMIT, lane, laneAndPeer, pattern, patterned, readAll } from './support/lanes.js';
import { inAnotherThread } from './support/process.js';

describe('native: lanes', () => {
  it('exchange sends, then receives what is there', () => {
    const { lane: mine, peer } = laneAndPeer();
    writeSync(peer, 'request');
    const at = raw(Buffer.from('reply'));
    assert.equal(os.laneExchange(mine.id, at, 5, OUT, 100, 0), 7);
    assert.equal(bytes.toString('latin1', OUT, OUT + 7), 'request');
    assert.equal(readAll(peer, 5).toString(), 'reply');
    mine.close();
    closeSync(peer);
  });

  it('receives at most what there is room for, and the rest next time', () => {
    const { lane: mine, peer } = laneAndPeer();
    writeSync(peer, 'abcdef');
    assert.equal(os.laneExchange(mine.id, 0, 0, OUT, 4, 0), 4);
    assert.equal(os.laneExchange(mine.id, 0, 0, OUT, 4, 50), 2);
    mine.close();
    closeSync(peer);
  });

  it('a signalled waker ends the wait, data goes first, and the waker stays signalled', () => {
    const { lane: mine, peer } = laneAndPeer();
    os.wakerSignal(mine.waker);
    writeSync(peer, 'x');
    assert.equal(os.laneExchange(mine.id, 0, 0, OUT, 4, 0), 1);
    assert.equal(os.laneExchange(mine.id, 0, 0, OUT, 4, 50), WOKEN);
    assert.equal(os.laneExchange(mine.id, 0, 0, OUT, 4, 0), WOKEN);
    assert.equal(os.wakerDrain(mine.waker), 1);
    mine.close();
    closeSync(peer);
  });

  it('a signalled waker is noticed under traffic that never pauses', () => {
    const { lane: mine, peer } = laneAndPeer();
    writeSync(peer, Buffer.alloc(200));
    os.wakerSignal(mine.waker);
    let calls = 1;
    while (os.laneExchange(mine.id, 0, 0, OUT, 1, 0) === 1) calls++;
    assert.ok(calls <= 64, `${calls} calls`);
    mine.close();
    closeSync(peer);
  });

  it('the end of the stream is 0, sending to it EPIPE', () => {
    const { lane: mine, peer } = laneAndPeer();
    writeSync(peer, 'last');
    closeSync(peer);
    assert.equal(mine.receive().toString(), 'last');
    assert.equal(os.laneExchange(mine.id, 0, 0, OUT, 4, 0), 0);
    assert.equal(os.laneExchange(mine.id, 0, 0, OUT, 4, 50), 0);
    fails(mine.send(Buffer.from('x')), 'EPIPE');
    mine.close();
  });

  it('a message that the socket does not take is kept and arrives whole, in order', () => {
    const { lane: mine, peer } = laneAndPeer();
    // Eight messages of 1 MiB: far more than any socket buffer, so most of it is kept without waiting.
    const size = 1 << 20;
    for (let count = 0; count < 8; count++) {
      pattern(OUT, size, count);
      assert.equal(os.laneSend(mine.id, OUT, size), 0);
    }
    for (let count = 0; count < 8; count++) {
      // Reading empties the socket; the lane sends on when its owner waits, here for a byte of ours.
      const part = Buffer.alloc(size);
      for (let at = 0; at < size; at += size / 16) {
        readAll(peer, size / 16).copy(part, at);
        writeSync(peer, '.');
        assert.equal(os.laneExchange(mine.id, 0, 0, OUT, 1, 0), 1);
        os.laneSend(mine.id, 0, 0);
      }
      assert.ok(part.equals(patterned(size, count)), `message ${count}`);
    }
    mine.close();
    closeSync(peer);
  });

  it('a congested lane makes its sender wait: WOKEN when woken, and nothing is lost', async () => {
    const { lane: mine, peer } = laneAndPeer(4096);
    pattern(OUT, 4096);
    os.wakerSignal(mine.waker);
    let sent = 0;
    let result = 0;
    while (result === 0) {
      result = os.laneSend(mine.id, OUT, 4096);
      sent++;
    }
    assert.equal(result, WOKEN);
    os.wakerDrain(mine.waker);
    const { worker, first } = await inAnotherThread<string>('lane-drain.js', { fd: peer, length: sent * 4096 });
    assert.equal(first, 'reading');
    const done = new Promise<Buffer>((resolve) => worker.once('message', (got) => resolve(Buffer.from(got))));
    // Waits for room now, and then for the peer's byte, while the kept messages leave.
    assert.equal(os.laneExchange(mine.id, 0, 0, OUT + 4096, 1, 0), 1);
    const got = await done;
    assert.equal(got.length, sent * 4096);
    for (let at = 0; at < got.length; at += 4096) assert.ok(got.subarray(at, at + 4096).equals(patterned(4096)));
    await worker.terminate();
    mine.close();
    closeSync(peer);
  });

  it('messages of several threads never mix', async () => {
    const { lane: mine, peer } = laneAndPeer();
    const count = 400;
    const senders = await Promise.all(
      [1, 2, 3].map((mark) => inAnotherThread('lane-sender.js', { lane: mine.id, mark, count, size: 30_000 })),
    );
    const { worker, first } = await inAnotherThread<string>('lane-drain.js', {
      fd: peer,
      length: senders.length * count * 30_000,
    });
    assert.equal(first, 'reading');
    const done = new Promise<Buffer>((resolve) => worker.once('message', (got) => resolve(Buffer.from(got))));
    for (const { worker: sender } of senders) sender.postMessage('go');
    assert.equal(os.laneExchange(mine.id, 0, 0, OUT, 1, 0), 1);
    const got = await done;
    for (let at = 0; at < got.length; at += 30_000) {
      assert.ok(got.subarray(at, at + 30_000).equals(Buffer.alloc(30_000, got[at])), `message at ${at} is mixed`);
    }
    for (const { worker: other } of [...senders, { worker }]) await other.terminate();
    mine.close();
    closeSync(peer);
  });

  it('shutdown wakes a waiting owner and the peer, from another thread', async () => {
    const { lane: mine, peer } = laneAndPeer();
    const { worker, first } = await inAnotherThread<string>('lane-shutdown.js', { lane: mine.id });
    assert.equal(first, 'ready');
    worker.postMessage('go');
    assert.equal(os.laneExchange(mine.id, 0, 0, OUT, 1, 0), 0);
    assert.throws(() => readAll(peer, 1), /end of stream/);
    assert.equal(os.laneShutdown(mine.id), 0);
    await worker.terminate();
    mine.close();
    closeSync(peer);
  });

  it('a closed lane is dead for everybody, its descriptor closed', () => {
    const { lane: mine, peer } = laneAndPeer();
    const { id } = mine;
    mine.close();
    assert.throws(() => readAll(peer, 1), /end of stream/);
    closeSync(peer);
    fails(os.laneExchange(id, 0, 0, OUT, 1, 0), 'EBADF');
    fails(os.laneSend(id, 0, 1), 'EBADF');
    fails(os.laneShutdown(id), 'EBADF');
    fails(os.laneClose(id), 'EBADF');
    fails(os.lanePending(id), 'EBADF');
    fails(os.laneReplyRead(id, 0, 0, 0, 1), 'EBADF');
  });

  it('refuses descriptors and limits that make no lane, and leaves the descriptor alone', () => {
    const [one, two] = socketPair();
    fails(os.laneCreate(one, -1, 100), 'EINVAL');
    fails(os.laneCreate(one, -1, 1 << 30), 'EINVAL');
    fails(os.laneCreate(9999, -1, LIMIT), 'EBADF');
    writeSync(two, 'x');
    assert.equal(readAll(one, 1).toString(), 'x');
    const kept = lane(one);
    kept.close();
    closeSync(two);
  });
});
