/** Pumps on shared lanes, and what a thread that sends beside a pump can rely on, on any lane. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { closeSync, openSync, promises, readFileSync, writeFileSync } from 'node:fs';
import { BAD_FRAME, os } from '../../native/index.js';
import { Errno } from '../../protocol/errno.js';
import { until } from '../support/until.js';
import { caller } from './support/caller.js';
import { asleep, niceValue, threadNamed } from './support/counts.js';
import { bytes, directory, fails, OUT, socketPair, succeeds } from './support/fixture.js';
import { type Lane, LIMIT, lane, patterned } from './support/lanes.js';
import { inAnotherThread } from './support/process.js';
import { sharedPair } from './support/shared.js';
import { random } from './support/talk.js';
import { mountOrSkip, TinyFuse } from './support/tiny-fuse.js';
import { watchdog } from './support/watchdog.js';

const MiB = 1 << 20;
const RING = 2 * MiB;

describe('native: a pump on shared memory', () => {
  const place = directory();
  const watch = watchdog();
  let host: Lane;
  let guest: Lane;
  let target: number;
  let waker: number;
  let pump: number;

  /** What it delivers is found in a file, which takes every message as a kernel would. */
  function start(ring = RING, limit = LIMIT): void {
    ({ host, guest } = sharedPair(ring, limit));
    watch(host, guest);
    pump = succeeds(os.pumpStart(guest.id, target, waker), 'pumpStart');
  }

  beforeEach(() => {
    target = openSync(`${place.path}/delivered`, 'w');
    waker = succeeds(os.wakerCreate());
  });
  afterEach(() => {
    os.pumpStop(pump);
    host.close();
    guest.close();
    os.close(waker);
    closeSync(target);
  });

  const delivered = () => readFileSync(`${place.path}/delivered`);
  const reply = (unique: number, length: number) => TinyFuse.message(BigInt(unique), 0, patterned(length, unique));

  it('stands back behind the threads of metadata, which stay as they are', async () => {
    const before = niceValue(process.pid);
    start();
    const thread = await threadNamed('osmofs-pump');
    await until(() => niceValue(thread) === Math.max(before, 10), 'a nicer pump');
    assert.equal(niceValue(process.pid), before);
  });

  it('delivers whole messages in order, of any length, cut anywhere', async () => {
    start();
    const next = random(8);
    const all: Buffer[] = [];
    let length = 0;
    for (let unique = 1; unique <= 150; unique++) {
      const message = reply(unique, next(4) === 0 ? next(LIMIT - 16) : next(3000));
      message.copy(bytes, OUT);
      for (let at = 0; at < message.length; ) {
        const piece = next(2) === 0 ? message.length - at : 1 + next(message.length - at);
        assert.equal(os.laneSend(host.id, OUT + at, piece), 0);
        at += piece;
      }
      all.push(message);
      length += message.length;
      await until(
        () => os.laneSend(host.id, 0, 0) === 0 && (next(3) > 0 || delivered().length === length),
        'delivered',
      );
    }
    await until(() => os.laneSend(host.id, 0, 0) === 0 && delivered().length === length, 'all is delivered');
    assert.ok(delivered().equals(Buffer.concat(all)));
    assert.equal(os.pumpStatus(pump), 0);
  });

  it('sleeps when nothing comes, and in the middle of a message', async () => {
    start();
    const thread = await threadNamed('osmofs-pump');
    await asleep(thread);
    const message = reply(1, 100_000);
    for (const [from, to] of [
      [0, 1],
      [1, 15],
      [15, 50_000],
      [50_000, message.length - 1],
    ]) {
      assert.equal(host.send(message.subarray(from, to)), 0);
      await asleep(thread);
      assert.equal(delivered().length, 0);
    }
    assert.equal(host.send(message.subarray(message.length - 1)), 0);
    await until(() => delivered().length === message.length, 'delivered');
    await asleep(thread);
    assert.ok(delivered().equals(message));
  });

  const ends: [string, () => void, number][] = [
    ['the end of the stream', () => os.laneShutdown(host.id), -Errno.ECONNRESET],
    ['a length below the header', () => host.send(Buffer.alloc(16)), BAD_FRAME],
    ['a length above the limit', () => host.send(Buffer.alloc(16, 0x7f)), BAD_FRAME],
    ['a notification', () => host.send(TinyFuse.message(0n, 1)), BAD_FRAME],
  ];
  for (const [what, act, status] of ends) {
    it(`ends at ${what}, after all that came before it`, async () => {
      start();
      const before = Buffer.concat([1, 2, 3].map((unique) => reply(unique, 1000 * unique)));
      host.send(before);
      act();
      await until(() => os.wakerDrain(waker) === 1, 'the waker');
      assert.equal(os.pumpStatus(pump), status);
      assert.ok(delivered().equals(before));
    });
  }

  it('ends in the middle of a message when the stream does', async () => {
    start();
    host.send(reply(1, 1000).subarray(0, 500));
    os.laneShutdown(host.id);
    await until(() => os.wakerDrain(waker) === 1, 'the waker');
    assert.equal(os.pumpStatus(pump), -Errno.ECONNRESET);
    assert.equal(delivered().length, 0);
  });

  it('a lane has one, and its rings hold its longest message', () => {
    start();
    fails(os.pumpStart(guest.id, target, waker), 'EBUSY');
    const small = sharedPair(MiB);
    fails(os.pumpStart(small.guest.id, target, waker), 'EINVAL');
    small.host.close();
    small.guest.close();
    assert.equal(os.pumpStop(pump), 0);
    pump = succeeds(os.pumpStart(guest.id, target, waker));
  });

  it('is stopped under traffic that never pauses', async () => {
    start(64 * 1024, 4096);
    const message = reply(1, 40);
    message.copy(bytes, OUT);
    const flood = await inAnotherThread('lane-pieces.js', {
      lane: host.id,
      content: Buffer.concat(Array.from({ length: 20_000 }, () => message)),
      pieces: 20_000,
    });
    await until(() => delivered().length > 0, 'traffic');
    assert.equal(os.pumpStop(pump), 0);
    os.laneShutdown(host.id);
    await flood.worker.terminate();
  });

  for (const kind of ['shared', 'socket'] as const) {
    it(`who sends more than is kept beside a pump waits until it has left (${kind})`, async () => {
      if (kind === 'shared') {
        start(64 * 1024, 4096);
      } else {
        const [one, two] = socketPair();
        host = lane(one, 4096);
        guest = lane(two, 4096);
        watch(host, guest);
        pump = succeeds(os.pumpStart(guest.id, target, waker));
      }
      const messages = 3000;
      const sender = await caller('send', guest.id, { size: 4096, count: messages });
      await sender.asleep();
      await asleep(await threadNamed('osmofs-pump'));
      // Replies keep coming meanwhile, so that the pump always has something else to do as well.
      let got = 0;
      let replies = 0;
      while (got < messages * 4096) {
        if (replies < 3000) assert.equal(host.send(reply(++replies, 20)), 0);
        got += succeeds(os.laneExchange(host.id, 0, 0, OUT, 1 + ((got * 7) % 20_000), 0), 'laneExchange');
      }
      assert.equal(await sender.result, 0);
      await until(() => os.laneSend(host.id, 0, 0) === 0 && delivered().length === replies * 36, 'the replies');
      await asleep(await threadNamed('osmofs-pump'));
    });
  }

  describe('into the kernel', () => {
    let fuse: TinyFuse;

    before(function () {
      mountOrSkip(this);
    });
    beforeEach(() => {
      fuse = new TinyFuse();
      closeSync(target);
      target = succeeds(os.duplicate(fuse.fd));
      start();
    });
    afterEach(() => fuse.close());

    it('a file is read and written through it, by several at once', async () => {
      const content = patterned(5 * MiB + 123, 5);
      writeFileSync(`${place.path}/file`, content);
      const file = openSync(`${place.path}/file`, 'r+');
      const server = await inAnotherThread('file-server.js', {
        fuse: fuse.fd,
        meta: fuse.lane.id,
        host: host.id,
        guest: guest.id,
        file,
        size: content.length,
      });
      const handle = await promises.open(`${fuse.path}/file`, 'r+');
      const read = async (position: number, length: number) => {
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
        const expected = content.subarray(position, position + length);
        assert.ok(buffer.subarray(0, bytesRead).equals(expected), `${length} at ${position}`);
      };
      const next = random(6);
      const somewhere = () => read(next(content.length), 1 + next(next(4) === 0 ? 2 * MiB : 10_000));
      await Promise.all(Array.from({ length: 200 }, somewhere));
      const changed = patterned(2 * MiB, 77);
      await Promise.all([0, 1, 2, 3].map((at) => handle.write(changed, at * (MiB / 2), MiB / 2, 777 + at * (MiB / 2))));
      changed.copy(content, 777);
      await Promise.all(Array.from({ length: 50 }, somewhere));
      await handle.close();
      const ended = once(server.worker, 'exit');
      os.wakerSignal(fuse.lane.waker);
      await ended;
      assert.ok(readFileSync(`${place.path}/file`).equals(content));
      assert.equal(os.pumpStatus(pump), 0);
      closeSync(file);
    });
  });
});
