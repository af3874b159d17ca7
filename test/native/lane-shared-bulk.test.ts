/** READ and WRITE over shared lanes: from the file into the ring and from the ring into the file, at every place of it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { closeSync, ftruncateSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { os, WOKEN } from '../../native/index.js';
import { Errno } from '../../protocol/errno.js';
import { caller } from './support/caller.js';
import { bytes, directory, OUT, succeeds, u64 } from './support/fixture.js';
import { type Lane, patterned, s32 } from './support/lanes.js';
import { inAnotherThread } from './support/process.js';
import { sharedPair } from './support/shared.js';
import { watchdog } from './support/watchdog.js';

const MiB = 1 << 20;
const RING = 2 * MiB;
const SIZE = 3 * MiB + 77;

describe('native: READ and WRITE in shared memory', () => {
  const place = directory();
  const watch = watchdog();
  const content = patterned(SIZE);
  let host: Lane;
  let guest: Lane;
  let file: number;

  beforeEach(() => {
    ({ host, guest } = sharedPair(RING));
    watch(host, guest);
    file = openSync(`${place.path}/file`, 'w+');
  });
  afterEach(() => {
    host.close();
    guest.close();
    closeSync(file);
  });

  function receive(length: number): Buffer {
    const out = Buffer.alloc(length);
    for (let at = 0; at < length; ) {
      const got = succeeds(os.laneExchange(guest.id, 0, 0, OUT, Math.min(2 * MiB, length - at), 0), 'laneExchange');
      assert.ok(got > 0, 'end of stream');
      bytes.copy(out, at, OUT, OUT + got);
      at += got;
    }
    return out;
  }

  /** Takes a reply of `length` bytes at `position` and compares it. */
  function expectReply(unique: number, position: number, length: number): void {
    const header = receive(16);
    const count = Math.max(0, Math.min(length, SIZE - position));
    const got = [header.readUInt32LE(0), header.readInt32LE(4), header.readBigUInt64LE(8)];
    assert.deepEqual(got, [16 + count, 0, BigInt(unique)]);
    assert.ok(receive(count).equals(content.subarray(position, position + count)), `${length} at ${position}`);
  }

  describe('laneReplyRead', () => {
    const lengths = [0, 1, 4095, 4096, 4097, 32 * 1024, 100_000, MiB - 1, MiB];
    const positions = [0, 1, 4095, 65_536, MiB + 3, SIZE - 1, SIZE - 5000, SIZE, SIZE + 10_000];
    beforeEach(() => writeFileSync(file, content));

    it('any length at any position', () => {
      let unique = 0;
      for (const length of lengths) {
        for (const position of positions) {
          assert.equal(os.laneReplyRead(host.id, file, u64(++unique), u64(position), length), 0);
          expectReply(unique, position, length);
        }
      }
    });

    it('anywhere in the ring, over its end too, and when there is no room', () => {
      // What is left unread moves the beginning of the next one, and leaves less and less room.
      const waiting: [number, number, number][] = [];
      for (let unique = 1; unique <= 300; unique++) {
        const length = lengths[(unique * 5) % lengths.length];
        const position = positions[(unique * 7) % positions.length];
        assert.equal(os.laneReplyRead(host.id, file, u64(unique), u64(position), length), 0);
        waiting.push([unique, position, length]);
        while (waiting.length > unique % 12) {
          expectReply(...waiting.shift()!);
          os.laneSend(host.id, 0, 0);
        }
      }
      for (const each of waiting) {
        expectReply(...each);
        os.laneSend(host.id, 0, 0);
      }
    });

    it('what other threads send meanwhile comes before or after it, never inside', async () => {
      const senders = await Promise.all(
        [1, 2].map((mark) => inAnotherThread('lane-sender.js', { lane: host.id, mark, count: 300, size: 1000 })),
      );
      const exits = senders.map(({ worker }) => once(worker, 'exit'));
      for (const { worker } of senders) worker.postMessage('go');
      let seen = 0;
      /** True if it was the reply. */
      const next = () => {
        const head = receive(16);
        if (head.readUInt32LE(0) === 20_016) return receive(20_000).equals(content.subarray(0, 20_000));
        assert.ok(Buffer.concat([head, receive(984)]).equals(Buffer.alloc(1000, head[0])), 'torn');
        seen++;
        return false;
      };
      for (let unique = 1; unique <= 100; unique++) {
        assert.equal(os.laneReplyRead(host.id, file, u64(unique), u64(0), 20_000), 0);
        while (!next());
      }
      while (seen < 600) assert.equal(next(), false);
      await Promise.all(exits);
    });

    it('a failed one is its errno, a broken lane its own', () => {
      for (const [fd, length, code] of [
        [-1, 10, 'EBADF'],
        [file, 2 * MiB, 'EINVAL'],
      ] as const) {
        assert.equal(os.laneReplyRead(host.id, fd, u64(9), u64(0), length), 0);
        const header = receive(16);
        assert.deepEqual([header.readUInt32LE(0), header.readInt32LE(4)], [16, -Errno[code]]);
      }
      os.laneShutdown(host.id);
      assert.equal(os.laneReplyRead(host.id, file, u64(9), u64(0), 10), -Errno.EPIPE);
    });
  });

  describe('laneReceiveWrite', () => {
    async function write(payload: Buffer, have: number, position: number, append: number, pieces: number) {
      const rest = payload.subarray(have);
      const sender = await inAnotherThread('lane-pieces.js', { lane: guest.id, content: rest, pieces });
      payload.copy(bytes, OUT, 0, have);
      bytes.fill(0xaa, OUT + have, OUT + 2 * MiB);
      const status = u64(0);
      const put = os.laneReceiveWrite(host.id, file, OUT, have, payload.length, u64(position), append, status);
      assert.deepEqual([put, s32(status), s32(status + 4)], [payload.length, 0, rest.length]);
      await sender.worker.terminate();
    }

    for (const append of [0, 1]) {
      it(`any length, with any part in hand${append ? ', appended' : ', at any position'}`, async () => {
        let round = 0;
        for (const length of [0, 1, 4096, 70_000, 300_000, MiB]) {
          for (const have of new Set([0, Math.min(length, 1), Math.min(length, 4016), length >> 1, length])) {
            const position = [0, 1, 4096, 4097, 123_456][round % 5];
            const pieces = [1, 3, 100, 1000][round++ % 4];
            const payload = patterned(length, round);
            ftruncateSync(file, 0);
            writeFileSync(`${place.path}/file`, 'there before', { flag: 'r+' });
            await write(payload, have, position, append, pieces);
            const at = append ? 12 : position;
            const found = readFileSync(`${place.path}/file`).subarray(at, at + length);
            assert.ok(found.equals(payload), `${length} bytes at ${at}, ${have} in hand, ${pieces} pieces`);
          }
        }
      });
    }

    it('goes on after it was woken, as if nothing had been', async () => {
      const payload = patterned(500_000, 9);
      payload.copy(bytes, OUT);
      assert.equal(os.laneSend(guest.id, OUT, 200_000), 0);
      type Written = { result: number; status: number; received: number };
      const waiting = await caller<Written>('write', host.id, { file, size: payload.length });
      await waiting.asleep();
      os.wakerSignal(host.waker);
      assert.deepEqual(await waiting.result, { result: 200_000, status: WOKEN, received: 200_000 });
      os.wakerDrain(host.waker);
      payload.copy(bytes, OUT);
      assert.equal(os.laneSend(guest.id, OUT + 200_000, 300_000), 0);
      const status = u64(0);
      assert.equal(os.laneReceiveWrite(host.id, file, OUT, 0, 300_000, u64(200_000), 0, status), 300_000);
      assert.ok(readFileSync(`${place.path}/file`).equals(payload));
    });

    it('a sender that trickles does not keep it from being woken', async () => {
      const sender = await inAnotherThread('lane-pieces.js', {
        lane: guest.id,
        content: patterned(MiB - 1000),
        pieces: 100_000,
      });
      os.wakerSignal(host.waker);
      const status = u64(0);
      const put = os.laneReceiveWrite(host.id, file, OUT, 0, MiB, u64(0), 0, status);
      assert.deepEqual([s32(status), s32(status + 4)], [WOKEN, put]);
      await sender.worker.terminate();
      os.wakerDrain(host.waker);
    });

    it('a failed one is its errno, and the payload is gone from the lane', () => {
      patterned(MiB).copy(bytes, OUT);
      assert.equal(os.laneSend(guest.id, OUT, 300_000), 0);
      guest.send(Buffer.from('next'));
      const status = u64(0);
      assert.equal(os.laneReceiveWrite(host.id, -1, OUT, 0, 300_000, u64(0), 0, status), -Errno.EBADF);
      assert.deepEqual([s32(status), s32(status + 4)], [0, 300_000]);
      assert.equal(host.receive().toString(), 'next');
    });
  });
});
