/** Answering READ from a file: copied and spliced, at the end of the file, on a full socket, woken in the middle. */
import assert from 'node:assert/strict';
import { closeSync, openSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { os, WOKEN } from '../../native/index.js';
import { Errno } from '../../protocol/errno.js';
import { directory, fails, OUT, succeeds, u64 } from './support/fixture.js';
import { LIMIT, laneAndPeer, patterned, readReply } from './support/lanes.js';
import { inAnotherThread } from './support/process.js';

describe('native: laneReplyRead', () => {
  const place = directory();
  const size = 3 * (1 << 20) + 777;
  const content = patterned(size);
  let file: number;

  before(() => {
    writeFileSync(`${place.path}/file`, content);
    file = openSync(`${place.path}/file`, 'r');
  });
  after(() => closeSync(file));

  /** Answers while another thread collects: `requests` are [position, length]. */
  async function answer(requests: [number, number][], limit = LIMIT): Promise<Buffer[]> {
    const { lane, peer } = laneAndPeer(limit);
    const { worker } = await inAnotherThread('reply-collector.js', { fd: peer, count: requests.length });
    const done = new Promise<Uint8Array[]>((resolve) => worker.once('message', resolve));
    for (const [index, [position, length]] of requests.entries()) {
      assert.equal(os.laneReplyRead(lane.id, file, u64(index + 1), u64(position), length), 0);
    }
    // What is kept leaves while the owner waits; the collector says one byte at its end.
    assert.equal(os.laneExchange(lane.id, 0, 0, OUT, 1, 0), 1);
    const replies = (await done).map((reply) => Buffer.from(reply));
    await worker.terminate();
    lane.close();
    closeSync(peer);
    return replies;
  }

  const MiB = 1 << 20;
  for (const length of [0, 1, 4096, 32 * 1024, 32 * 1024 + 1, 65536, 100_000, MiB]) {
    it(`answers ${length} bytes from aligned and unaligned positions`, async () => {
      const requests = [0, 4096, 1, 4095, 123_457].map((position): [number, number] => [position, length]);
      const replies = await answer(requests);
      for (const [index, reply] of replies.entries()) {
        const [position] = requests[index];
        assert.equal(reply.readUInt32LE(0), 16 + length);
        assert.equal(reply.readInt32LE(4), 0);
        assert.equal(reply.readBigUInt64LE(8), BigInt(index + 1));
        assert.ok(reply.subarray(16).equals(content.subarray(position, position + length)), `position ${position}`);
      }
    });
  }

  it('is short only at the end of the file', async () => {
    const replies = await answer([
      [size - 10, 4096],
      [size - 100_000, MiB],
      [size, MiB],
      [size + 5, 10],
      [size - MiB + 1, MiB],
    ]);
    assert.deepEqual(
      replies.map((reply) => reply.length - 16),
      [10, 100_000, 0, 0, MiB - 1],
    );
    assert.ok(replies[1].subarray(16).equals(content.subarray(size - 100_000)));
    assert.ok(replies[4].subarray(16).equals(content.subarray(size - MiB + 1)));
  });

  it('a hole reads as zeros', async () => {
    writeFileSync(`${place.path}/sparse`, '');
    truncateSync(`${place.path}/sparse`, 10 * MiB);
    const sparse = openSync(`${place.path}/sparse`, 'r');
    const { lane, peer } = laneAndPeer();
    assert.equal(os.laneReplyRead(lane.id, sparse, u64(1), u64(5 * MiB), 100_000), 0);
    const reply = readReply(peer);
    assert.ok(reply.body.equals(Buffer.alloc(100_000)));
    lane.close();
    closeSync(peer);
    closeSync(sparse);
  });

  it('files of the kernel, which know no splice, are answered too', () => {
    const { lane, peer } = laneAndPeer();
    const source = openSync('/proc/self/cmdline', 'r');
    assert.equal(os.laneReplyRead(lane.id, source, u64(1), u64(0), 100_000), 0);
    assert.ok(readReply(peer).body.length > 0);
    closeSync(source);
    lane.close();
    closeSync(peer);
  });

  it('a failed read is a reply with its errno, not a failure of the lane', () => {
    const { lane, peer } = laneAndPeer();
    const directoryFd = openSync(place.path, 'r');
    for (const [fd, length, code] of [
      [9999, 10, 'EBADF'],
      [9999, 100_000, 'EBADF'],
      [directoryFd, 10, 'EISDIR'],
      [directoryFd, 100_000, 'EISDIR'],
      [file, LIMIT, 'EINVAL'],
      [file, -1, 'EINVAL'],
    ] as const) {
      assert.equal(os.laneReplyRead(lane.id, fd, u64(77), u64(0), length), 0);
      const reply = readReply(peer);
      assert.deepEqual([reply.error, reply.unique, reply.body.length], [-Errno[code], 77n, 0], `${fd} ${length}`);
    }
    closeSync(directoryFd);
    lane.close();
    fails(os.laneReplyRead(lane.id, file, u64(1), u64(0), 10), 'EBADF');
    closeSync(peer);
  });

  it('a lane whose peer is gone says EPIPE', () => {
    for (const length of [10, MiB]) {
      const { lane, peer } = laneAndPeer();
      closeSync(peer);
      fails(os.laneReplyRead(lane.id, file, u64(1), u64(0), length), 'EPIPE');
      lane.close();
    }
  });

  it('woken while the socket is full: WOKEN, and the rest of the reply follows whole', async () => {
    const { lane, peer } = laneAndPeer();
    os.wakerSignal(lane.waker);
    let sent = 0;
    let result = 0;
    // With nobody reading, a reply gets stuck in the middle at the latest when the socket's buffer is full.
    while (result === 0) result = os.laneReplyRead(lane.id, file, u64(++sent), u64(sent), MiB);
    assert.equal(result, WOKEN);
    os.wakerDrain(lane.waker);
    for (let more = 0; more < 3; more++) {
      assert.equal(os.laneReplyRead(lane.id, file, u64(++sent), u64(sent), 1000), 0);
    }
    const { worker } = await inAnotherThread('reply-collector.js', { fd: peer, count: sent });
    const done = new Promise<Uint8Array[]>((resolve) => worker.once('message', resolve));
    assert.equal(os.laneExchange(lane.id, 0, 0, OUT, 1, 0), 1);
    for (const [index, reply] of (await done).map((each) => Buffer.from(each)).entries()) {
      const at = index + 1;
      assert.equal(reply.readBigUInt64LE(8), BigInt(at));
      assert.ok(reply.subarray(16).equals(content.subarray(at, at + reply.length - 16)), `reply ${at}`);
      assert.equal(reply.length - 16, at > sent - 3 ? 1000 : MiB);
    }
    await worker.terminate();
    lane.close();
    closeSync(peer);
  });

  it('a reader of the lane can be slower than its writer', () => {
    const { lane, peer } = laneAndPeer();
    assert.equal(os.laneReplyRead(lane.id, file, u64(1), u64(0), 50_000), 0);
    writeSync(peer, 'x');
    assert.equal(succeeds(os.laneExchange(lane.id, 0, 0, OUT, 1, 0)), 1);
    assert.ok(readReply(peer).body.equals(content.subarray(0, 50_000)));
    lane.close();
    closeSync(peer);
  });
});
