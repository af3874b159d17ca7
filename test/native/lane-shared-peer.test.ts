/**
 * Shared lanes with a peer that stops, ends, or does with the memory what it likes: it can end its own session, and never
 * keep anybody busy, blocked or reading elsewhere than in its ring.
 */
import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { os, WOKEN } from '../../native/index.js';
import { Errno } from '../../protocol/errno.js';
import { caller } from './support/caller.js';
import { bytes, directory, fails, OUT, raw, u64 } from './support/fixture.js';
import { pattern, patterned, s32 } from './support/lanes.js';
import { RawGuest, RING } from './support/shared.js';
import { random } from './support/talk.js';
import { watchdog } from './support/watchdog.js';

const HALF = RING / 2;
type Written = { result: number; status: number; received: number };

describe('native: the peer in shared memory', () => {
  const place = directory();
  const watch = watchdog();
  let guest: RawGuest;
  const host = () => guest.host.id;
  const receive = (room = 1 << 20) => os.laneExchange(host(), 0, 0, OUT, room, 0);

  beforeEach(() => {
    guest = new RawGuest();
    watch(guest.host);
  });
  afterEach(() => guest.close());

  describe('stops', () => {
    it('before it says anything: who waits for it sleeps, and is woken', async () => {
      const waiting = await caller('exchange', host());
      await waiting.asleep();
      os.wakerSignal(guest.host.waker);
      assert.equal(await waiting.result, WOKEN);
    });

    it('and rings without a reason: who waits sleeps on', async () => {
      const waiting = await caller('exchange', host());
      await waiting.asleep();
      guest.ringBell(4000);
      await waiting.asleep();
      guest.put(Buffer.from('hello'));
      guest.set('requests', 'written', 5);
      guest.ringBell();
      assert.equal(await waiting.result, 5);
    });

    it('in the middle of a WRITE: what came is written, and its receiver sleeps', async () => {
      writeFileSync(`${place.path}/file`, '');
      const file = openSync(`${place.path}/file`, 'r+');
      const content = patterned(5000);
      guest.put(content);
      guest.set('requests', 'written', content.length);
      const waiting = await caller<Written>('write', host(), { file, size: 100_000 });
      await waiting.asleep();
      os.wakerSignal(guest.host.waker);
      assert.deepEqual(await waiting.result, { result: 5000, status: WOKEN, received: 5000 });
      assert.ok(readFileSync(`${place.path}/file`).equals(content));
      closeSync(file);
    });

    it('reading: who has more for it than is kept sleeps, after each little it takes too, and is woken', async () => {
      const waiting = await caller('send', host(), { size: 1 << 20 });
      await waiting.asleep();
      for (let taken = 100; taken <= 1000; taken += 100) {
        guest.set('replies', 'read', taken);
        guest.set('replies', 'starved', 0);
        guest.ringBell();
        await waiting.asleep();
      }
      assert.equal(guest.position('replies', 'written'), BigInt(RING + 1000));
      os.wakerSignal(guest.host.waker);
      assert.equal(await waiting.result, WOKEN);
    });
  });

  describe('ends', () => {
    const ends: [string, () => void][] = [
      ['by closing its bells', () => guest.closeBells()],
      ['by saying something where nothing belongs', () => guest.write('x')],
      ['by us', () => os.laneShutdown(host())],
    ];
    for (const [how, end] of ends) {
      it(`${how}: after all that it had said, asleep or not`, async () => {
        const waiting = await caller('exchange', host());
        await waiting.asleep();
        end();
        assert.equal(await waiting.result, 0);
        guest.put(Buffer.from('last'));
        guest.set('requests', 'written', 4);
        assert.equal(receive(), 4);
        assert.equal(receive(), 0);
        fails(os.laneSend(host(), OUT, 10), 'EPIPE');
      });

      for (const append of [false, true]) {
        it(`${how}, in the middle of a WRITE${append ? ' that appends' : ''}`, async () => {
          writeFileSync(`${place.path}/file`, '');
          const file = openSync(`${place.path}/file`, 'r+');
          guest.put(patterned(5000));
          guest.set('requests', 'written', 5000);
          const waiting = await caller<Written>('write', host(), { file, size: 100_000, append });
          await waiting.asleep();
          end();
          assert.deepEqual(await waiting.result, { result: 5000, status: -Errno.ECONNRESET, received: 5000 });
          assert.ok(readFileSync(`${place.path}/file`).equals(patterned(5000)));
          closeSync(file);
        });
      }
    }

    it('while we have more for it than is kept', async () => {
      const waiting = await caller('send', host(), { size: 1 << 20 });
      await waiting.asleep();
      guest.closeBells();
      assert.equal(await waiting.result, -Errno.EPIPE);
    });
  });

  describe('lies', () => {
    it('about what it has written: the lane ends', () => {
      for (const written of [RING + 1, -1, 1n << 63n, 1n << 40n]) {
        guest.set('requests', 'written', written);
        fails(receive(), 'EPROTO');
      }
      const status = u64(0);
      assert.equal(os.laneReceiveWrite(host(), -1, OUT, 0, 100, u64(0), 0, status), 0);
      assert.equal(s32(status), -Errno.EPROTO);
    });

    it('about what it has read: the lane ends', () => {
      for (const read of [1, -1, 1n << 63n]) {
        guest.set('replies', 'read', read);
        fails(os.laneSend(host(), raw(Buffer.from('reply')), 5), 'EPROTO');
        fails(os.laneReplyRead(host(), 0, u64(1), u64(0), 100), 'EPROTO');
      }
      assert.equal(guest.position('replies', 'written'), 0n);
      assert.equal(receive(), 0);
    });

    it('about what it has read, while more is kept for it', async () => {
      const waiting = await caller('send', host(), { size: 1 << 20 });
      await waiting.asleep();
      guest.set('replies', 'read', RING * 4);
      guest.ringBell();
      assert.equal(await waiting.result, -Errno.EPROTO);
    });

    it('about where its ring begins: it gives other bytes of its ring', () => {
      const content = patterned(RING, 3);
      guest.put(content);
      let position = 0;
      for (const start of [0, 1, 4096, RING - 1, RING, RING * 7 + 5, -1, -RING - 77, 1n << 63n]) {
        guest.set('requests', 'start', start);
        guest.set('requests', 'written', position + HALF);
        assert.equal(receive(), HALF);
        const at = Number(BigInt.asUintN(64, BigInt(position) - BigInt(start)) % BigInt(RING));
        const expected = Buffer.concat([content, content]).subarray(at, at + HALF);
        assert.ok(bytes.subarray(OUT, OUT + HALF).equals(expected), `start ${start}`);
        position += HALF;
      }
    });

    it('and takes back what it has said in the middle of a WRITE', async () => {
      writeFileSync(`${place.path}/file`, '');
      const file = openSync(`${place.path}/file`, 'r+');
      guest.set('requests', 'written', HALF);
      const waiting = await caller<Written>('write', host(), { file, size: RING });
      await waiting.asleep();
      guest.set('requests', 'written', 17);
      guest.ringBell();
      assert.deepEqual(await waiting.result, { result: HALF, status: -Errno.EPROTO, received: HALF });
      closeSync(file);
    });

    it('by asking to be woken all the time, and never listening: nobody waits for it', () => {
      pattern(OUT, 64);
      for (let sent = 1; sent <= 10_000; sent++) {
        guest.set('replies', 'sleeping', 1);
        assert.equal(os.laneSend(host(), OUT, 64), 0);
        guest.set('replies', 'read', guest.position('replies', 'written'));
      }
    });

    it('in any way at all', () => {
      const next = random(4);
      const known = new Set([0, WOKEN, -Errno.EPROTO, -Errno.EPIPE]);
      for (let round = 0; round < 300; round++) {
        const other = new RawGuest();
        // What would wait is woken at once.
        os.wakerSignal(other.host.waker);
        for (let step = 0; step < 10; step++) {
          const nonsense = Buffer.alloc(512);
          const shape = next(3);
          for (let at = 0; at < 512; at += 4) {
            const word =
              shape === 0 ? next(0xffff_ffff) : shape === 1 ? next(RING) : next(8) === 0 ? next(2 * RING) : 0;
            nonsense.writeUInt32LE(word, at);
          }
          other.scribble(nonsense);
          const got = os.laneExchange(other.host.id, OUT, next(5000), OUT + (1 << 20), 1 + next(1 << 20), next(20));
          assert.ok(known.has(got) || (got > 0 && got <= RING), `${got}`);
          const status = u64(0);
          const wrote = os.laneReceiveWrite(other.host.id, -1, OUT, 0, 1 + next(4095), u64(0), next(2), status);
          assert.ok(wrote === -Errno.EBADF || wrote === 0, `${wrote}`);
          assert.ok([0, WOKEN, -Errno.EPROTO, -Errno.ECONNRESET].includes(s32(status)), `${s32(status)}`);
        }
        other.close();
      }
    });
  });
});
