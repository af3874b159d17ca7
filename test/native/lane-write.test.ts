/** Receiving WRITE payloads into a file: all in hand, streamed, appended, failed, torn, woken. */
import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { os, WOKEN } from '../../native/index.js';
import { Errno } from '../../protocol/errno.js';
import { bytes, directory, fails, OUT, u64 } from './support/fixture.js';
import { type Lane, laneAndPeer, patterned, s32 } from './support/lanes.js';
import { inAnotherThread } from './support/process.js';

const MiB = 1 << 20;

describe('native: laneReceiveWrite', () => {
  const place = directory();
  const status = () => u64(0);
  let file: number;
  let lane: Lane;
  let peer: number;

  beforeEach(() => {
    writeFileSync(`${place.path}/file`, '');
    file = openSync(`${place.path}/file`, 'r+');
    ({ lane, peer } = laneAndPeer());
  });
  afterEach(() => {
    lane.close();
    closeSync(peer);
    closeSync(file);
  });

  /** Writes `content` whose first `have` bytes are in hand and whose rest another thread sends in `pieces`. */
  async function write(
    content: Buffer,
    have: number,
    position: number,
    options: { append?: boolean; fd?: number; pieces?: number } = {},
  ) {
    const rest = content.subarray(have);
    const { worker } = await inAnotherThread('piecemeal-sender.js', { fd: peer, rest, pieces: options.pieces ?? 1 });
    content.copy(bytes, OUT, 0, have);
    bytes.fill(0xaa, OUT + Math.max(have, Math.min(content.length, 256 * 1024)), OUT + 2 * MiB);
    const state = status();
    const result = os.laneReceiveWrite(
      lane.id,
      options.fd ?? file,
      OUT,
      have,
      content.length,
      u64(position),
      options.append ? 1 : 0,
      state,
    );
    await worker.terminate();
    assert.deepEqual([s32(state), s32(state + 4)], [0, rest.length]);
    const untouched = OUT + Math.max(have, Math.min(content.length, 256 * 1024));
    assert.ok(
      bytes.subarray(untouched, OUT + 2 * MiB).every((byte) => byte === 0xaa),
      'wrote behind its room',
    );
    return result;
  }

  const written = () => readFileSync(`${place.path}/file`);

  for (const [length, have] of [
    [0, 0],
    [1, 1],
    [1, 0],
    [4096, 4096],
    [100_000, 30_000],
    [MiB, 0],
    [MiB, 1],
    [MiB, 250_000],
    [MiB, 500_000],
    [MiB, MiB],
  ]) {
    for (const position of [0, 4096, 4097]) {
      it(`writes ${length} bytes at ${position}, ${have} in hand`, async () => {
        const content = patterned(length, position);
        assert.equal(await write(content, have, position), length);
        assert.ok(written().equals(length === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.alloc(position), content])));
      });
    }
  }

  it('a payload that comes in many small pieces is written whole', async () => {
    const content = patterned(MiB);
    assert.equal(await write(content, 17, 3, { pieces: 700 }), MiB);
    assert.ok(written().subarray(3).equals(content));
  });

  it('appends all of it in one piece, at the end the host sees', async () => {
    writeFileSync(`${place.path}/file`, 'before');
    const content = patterned(MiB);
    assert.equal(await write(content, 5000, 0, { append: true, pieces: 50 }), MiB);
    assert.equal(await write(patterned(10), 10, 0, { append: true }), 10);
    assert.ok(written().equals(Buffer.concat([Buffer.from('before'), content, patterned(10)])));
  });

  it('two appending writers never mix their bytes', async () => {
    const other = await inAnotherThread('appender.js', { path: `${place.path}/file`, length: MiB, count: 20 });
    for (let count = 0; count < 20; count++) {
      assert.equal(await write(Buffer.alloc(MiB, 'a'), 0, 0, { append: true, pieces: 20 }), MiB);
    }
    const ended = new Promise((resolve) => other.worker.once('exit', resolve));
    other.worker.postMessage('end');
    await ended;
    const all = written();
    assert.equal(all.length % MiB, 0);
    for (let at = 0; at < all.length; at += MiB) {
      assert.ok(all.subarray(at, at + MiB).equals(Buffer.alloc(MiB, all[at])), `piece at ${at} is mixed`);
    }
  });

  it('a failed write is its errno, and the payload is gone from the lane', async () => {
    const reader = openSync(`${place.path}/file`, 'r');
    assert.equal(await write(patterned(MiB), 100_000, 0, { fd: reader }), -Errno.EBADF);
    assert.equal(await write(patterned(MiB), 0, 0, { fd: -1 }), -Errno.EBADF);
    writeSync(peer, 'next');
    assert.equal(lane.receive().toString(), 'next');
    closeSync(reader);
  });

  it('a full device gives ENOSPC', async () => {
    const full = openSync('/dev/full', 'w');
    assert.equal(await write(patterned(MiB), 0, 0, { fd: full }), -Errno.ENOSPC);
    closeSync(full);
  });

  it('woken in the middle it tells how far it came, and goes on from there', async () => {
    const content = patterned(MiB);
    content.copy(bytes, OUT, 0, 1000);
    writeSync(peer, content.subarray(1000, 101_000));
    os.wakerSignal(lane.waker);
    const state = status();
    assert.equal(os.laneReceiveWrite(lane.id, file, OUT, 1000, MiB, u64(0), 0, state), 101_000);
    assert.deepEqual([s32(state), s32(state + 4)], [WOKEN, 100_000]);
    os.wakerDrain(lane.waker);
    const { worker } = await inAnotherThread('piecemeal-sender.js', {
      fd: peer,
      rest: content.subarray(101_000),
      pieces: 3,
    });
    assert.equal(os.laneReceiveWrite(lane.id, file, OUT, 0, MiB - 101_000, u64(101_000), 0, state), MiB - 101_000);
    assert.equal(s32(state), 0);
    await worker.terminate();
    assert.ok(written().equals(content));
  });

  it('a stream that ends in the middle is ECONNRESET', () => {
    const other = laneAndPeer();
    writeSync(other.peer, 'abc');
    closeSync(other.peer);
    const state = status();
    assert.equal(os.laneReceiveWrite(other.lane.id, file, OUT, 0, 1000, u64(0), 0, state), 3);
    assert.deepEqual([s32(state), s32(state + 4)], [-Errno.ECONNRESET, 3]);
    other.lane.close();
  });

  it('refuses lengths and rooms that cannot be', () => {
    const end = bytes.length;
    fails(os.laneReceiveWrite(lane.id, file, OUT, 2, 1, u64(0), 0, status()), 'EINVAL');
    fails(os.laneReceiveWrite(lane.id, file, OUT, -1, 1, u64(0), 0, status()), 'EINVAL');
    fails(os.laneReceiveWrite(lane.id, file, OUT, 0, 1 << 30, u64(0), 0, status()), 'EINVAL');
    fails(os.laneReceiveWrite(lane.id, file, end - 100_000, 0, MiB, u64(0), 0, status()), 'EFAULT');
    fails(os.laneReceiveWrite(lane.id, file, end - 10, 0, 11, u64(0), 0, status()), 'EFAULT');
    fails(os.laneReceiveWrite(lane.id, file, OUT, 0, 1, u64(0), 0, end - 7), 'EFAULT');
  });
});
