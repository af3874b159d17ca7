/** The thread that takes events out of an instance: nothing is lost, nothing comes late, and nobody is woken for nothing. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { IN, INOTIFY_QUEUE, os } from '../../native/index.js';
import { INOTIFY_DRAIN_LEAST } from '../../native/os-watch.js';
import { limitFixed, withLimit } from '../support/inotify-limits.js';
import { until } from '../support/until.js';
import { asleep, descriptors, threadNamed } from './support/counts.js';
import { arena, bytes, directory, fails, OUT, socketPair, succeeds, text } from './support/fixture.js';
import { ALL, drain, type Instance, instance, records, words } from './support/inotify.js';

const THREAD = 'osmofs-inotify';
/** Of a record with a name of at most 15 bytes. */
const RECORD = 32;

describe('native: the queue of inotify', () => {
  if (os.platform !== 'linux') {
    it('is ENOSYS', () => {
      fails(os.inotifyQueueStart(0, 0, 1, 0), 'ENOSYS');
      fails(os.inotifyQueueDrain(1, OUT, 1024, 1), 'ENOSYS');
      fails(os.inotifyQueueStatistics(1, OUT), 'ENOSYS');
      fails(os.inotifyQueueStop(1), 'ENOSYS');
    });
    return;
  }
  const place = directory();
  let path: string;
  let own: Instance;
  let count = 0;

  function watching(limit?: number, inotify?: number): void {
    own = instance(limit, inotify);
    const fd = succeeds(os.openRoot(text(path)));
    succeeds(os.inotifyAdd(own.inotify, fd, ALL));
    os.close(fd);
  }
  beforeEach(() => {
    path = `${place.path}/${++count}`;
    fs.mkdirSync(path);
  });
  afterEach(() => own.close());

  const file = (name = 'file') => `${path}/${name}`;
  const events = () => drain(own.queue).map(words);
  function statistics() {
    assert.equal(os.inotifyQueueStatistics(own.queue, OUT), 0);
    const u64 = (at: number) => Number(bytes.readBigUInt64LE(OUT + at));
    const u32 = (at: number) => bytes.readUInt32LE(OUT + at);
    const { events, merged, dropped, losses, signals, held, mapped } = INOTIFY_QUEUE;
    return {
      events: u64(events),
      merged: u64(merged),
      dropped: u64(dropped),
      losses: u32(losses),
      signals: u32(signals),
      held: u32(held),
      mapped: u32(mapped),
    };
  }
  /** The thread has taken over as many events. */
  const taken = (many: number) => until(() => statistics().events === many, `${many} events`);

  it('what a system call has caused is in the drain that comes next, a thousand times', () => {
    watching();
    for (let round = 0; round < 1000; round++) {
      fs.mkdirSync(file(`d${round}`));
      assert.deepEqual(events(), [`CREATE|ISDIR d${round}`]);
      fs.rmdirSync(file(`d${round}`));
      assert.deepEqual(events(), [`DELETE|ISDIR d${round}`]);
    }
  });

  it('loses none of 200,000 events while its owner takes none, and tells them in order', async () => {
    for (let i = 0; i < 100; i++) fs.writeFileSync(file(`f${i}`), '');
    const files = Array.from({ length: 100 }, (_, i) => fs.openSync(file(`f${i}`), 'r'));
    watching(64 << 20);
    // On a busy machine the thread may not get its turn before the kernel's queue runs over; so it is waited for.
    for (let made = 0; made < 200_000; ) {
      for (let i = 0; i < 10_000; i++) fs.fchmodSync(files[made++ % 100]!, 0o600);
      await taken(made);
    }
    for (const fd of files) fs.closeSync(fd);
    // Far more than the kernel keeps.
    const { held: waiting, mapped: used } = statistics();
    assert.ok(waiting === 200_000 * RECORD && used >= waiting, `${waiting} bytes in ${used}`);
    let next = 0;
    let length = os.inotifyQueueDrain(own.queue, OUT, 1 << 20, 1);
    for (; length > 0; length = os.inotifyQueueDrain(own.queue, OUT, 1 << 20, 0)) {
      for (const { mask, name } of records(length)) {
        assert.ok(mask === IN.ATTRIB && name === `f${next % 100}`, `event ${next}: ${mask.toString(16)} ${name}`);
        next++;
      }
    }
    assert.equal(next, 200_000);
    const { held, mapped, losses } = statistics();
    assert.deepEqual({ held, mapped, losses }, { held: 0, mapped: 64 * 1024, losses: 0 });
  });

  it('beyond its bound all is dropped, and one Q_OVERFLOW told in front of what came later', async () => {
    watching(10 * RECORD);
    for (let i = 0; i < 10; i++) fs.mkdirSync(file(`d${i}`));
    await taken(10);
    assert.equal(statistics().losses, 0);
    fs.mkdirSync(file('one-more'));
    await taken(11);
    fs.mkdirSync(file('later'));
    const found = drain(own.queue);
    assert.deepEqual(found.map(words), ['Q_OVERFLOW', 'CREATE|ISDIR later']);
    assert.equal(found[0].watch, -1);
    const { dropped, losses } = statistics();
    assert.deepEqual({ dropped, losses }, { dropped: 11, losses: 1 });
    fs.mkdirSync(file('again'));
    assert.deepEqual(events(), ['CREATE|ISDIR again']);
  });

  it('a bound that the owner reaches itself is the same', () => {
    watching(10 * RECORD);
    for (let i = 0; i < 200; i++) fs.mkdirSync(file(`d${i}`));
    const found = events();
    assert.equal(found[0], 'Q_OVERFLOW');
    assert.ok(!found.includes('Q_OVERFLOW', 1) && found.length <= 11);
  });

  it('what is dropped in the middle of a drain is told by that drain', async () => {
    watching(100 * RECORD);
    for (let i = 0; i < 50; i++) fs.mkdirSync(file(`d${i}`));
    let length = os.inotifyQueueDrain(own.queue, OUT, INOTIFY_DRAIN_LEAST, 1);
    assert.equal(records(length).length, Math.floor(INOTIFY_DRAIN_LEAST / RECORD));
    for (let i = 0; i < 150; i++) fs.mkdirSync(file(`e${i}`));
    await taken(200);
    length = os.inotifyQueueDrain(own.queue, OUT, INOTIFY_DRAIN_LEAST, 0);
    assert.deepEqual(records(length).map(words), ['Q_OVERFLOW']);
    assert.equal(os.inotifyQueueDrain(own.queue, OUT, INOTIFY_DRAIN_LEAST, 0), 0);
  });

  const fixed = limitFixed('max_queued_events');
  it(`a full queue of the kernel says Q_OVERFLOW, and goes on${fixed === null ? '' : ` (skipped: ${fixed})`}`, function () {
    if (fixed !== null) {
      own = instance();
      this.skip();
    }
    // The instance keeps the limit of its beginning.
    watching(
      1 << 20,
      withLimit('max_queued_events', 1, () => succeeds(os.inotifyCreate())),
    );
    let found: string[] = [];
    for (let round = 0; !found.includes('Q_OVERFLOW'); round++) {
      assert.ok(round < 1000, 'an overflow');
      for (let i = 0; i < 10; i++) fs.mkdirSync(file(`${round}-${i}`));
      found = events();
    }
    fs.mkdirSync(file('later'));
    assert.deepEqual(events(), ['CREATE|ISDIR later']);
  });

  it('a record like the last one is left out, unless that was drained', async () => {
    watching();
    const fd = fs.openSync(file(), 'w');
    for (let i = 0; i < 3; i++) {
      fs.writeSync(fd, 'x');
      // One by one, so that the kernel has nothing to merge them with.
      await until(() => statistics().events >= 2 + i, 'the thread has it');
    }
    const { merged } = statistics();
    assert.equal(merged, 2);
    assert.deepEqual(events(), ['CREATE file', 'MODIFY file']);
    fs.writeSync(fd, 'x');
    assert.deepEqual(events(), ['MODIFY file']);
    fs.closeSync(fd);
  });

  it('what happens after a drain began does not vanish in it', async () => {
    watching();
    for (let i = 0; i < 20; i++) fs.mkdirSync(file(`d${i}`));
    const fd = fs.openSync(file(), 'w');
    fs.writeSync(fd, 'x');
    const first = records(os.inotifyQueueDrain(own.queue, OUT, INOTIFY_DRAIN_LEAST, 1)).map(words);
    fs.writeSync(fd, 'x');
    await taken(23);
    first.push(...records(os.inotifyQueueDrain(own.queue, OUT, 1 << 16, 0)).map(words));
    assert.equal(os.inotifyQueueDrain(own.queue, OUT, 1 << 16, 0), 0);
    assert.equal(first.length, 22);
    assert.equal(first.at(-1), 'MODIFY file');
    assert.deepEqual(events(), ['MODIFY file']);
    fs.closeSync(fd);
  });

  it('signals when there is something where there was nothing, and only then', async () => {
    watching();
    assert.equal(os.wakerDrain(own.waker), 0);
    fs.mkdirSync(file('a'));
    await taken(1);
    await until(() => os.wakerDrain(own.waker) === 1, 'a signal');
    for (let i = 0; i < 100; i++) fs.mkdirSync(file(`d${i}`));
    await taken(101);
    await asleep(await threadNamed(THREAD));
    assert.equal(os.wakerDrain(own.waker), 0);
    assert.equal(statistics().signals, 1);
    // Part of it is not all of it.
    assert.ok(os.inotifyQueueDrain(own.queue, OUT, INOTIFY_DRAIN_LEAST, 1) > 0);
    fs.mkdirSync(file('b'));
    await taken(102);
    assert.equal(statistics().signals, 1);
    events();
    fs.mkdirSync(file('c'));
    await taken(103);
    await until(() => os.wakerDrain(own.waker) === 1, 'another signal');
    assert.equal(statistics().signals, 2);
  });

  it('wrong arguments are an errno', () => {
    watching();
    const [a, b] = socketPair();
    fails(os.inotifyQueueStart(1_000_000, own.waker, 1024, 0), 'EBADF');
    fails(os.inotifyQueueStart(own.inotify, -1, 1024, 0), 'EBADF');
    fails(os.inotifyQueueStart(own.inotify, own.waker, 0, 0), 'EINVAL');
    fails(os.inotifyQueueStart(a, own.waker, 1024, 0), 'EINVAL');
    fails(os.inotifyQueueStart(own.waker, own.waker, 1024, 0), 'EINVAL');
    for (const fd of [a, b]) os.close(fd);
    fails(os.inotifyQueueDrain(own.queue, OUT, INOTIFY_DRAIN_LEAST - 1, 1), 'EINVAL');
    fails(os.inotifyQueueDrain(own.queue, OUT, -1, 1), 'EFAULT');
    fails(os.inotifyQueueDrain(own.queue, arena.byteLength - 8, 1024, 1), 'EFAULT');
    fails(os.inotifyQueueStatistics(own.queue, arena.byteLength - 8), 'EFAULT');
    for (const dead of [0, -1, 1_000_000]) {
      fails(os.inotifyQueueDrain(dead, OUT, 1024, 1), 'EBADF');
      fails(os.inotifyQueueStatistics(dead, OUT), 'EBADF');
      fails(os.inotifyQueueStop(dead), 'EBADF');
    }
  });

  it('depends on nobody else holding its descriptors open', () => {
    watching();
    const fd = succeeds(os.openRoot(text(path)));
    const inotify = succeeds(os.inotifyCreate());
    const waker = succeeds(os.wakerCreate());
    succeeds(os.inotifyAdd(inotify, fd, ALL));
    const queue = succeeds(os.inotifyQueueStart(inotify, waker, 1024, 0));
    for (const each of [fd, inotify, waker]) os.close(each);
    fs.mkdirSync(file('d'));
    assert.deepEqual(drain(queue).map(words), ['CREATE|ISDIR d']);
    assert.equal(os.inotifyQueueStop(queue), 0);
    fails(os.inotifyQueueDrain(queue, OUT, 1024, 1), 'EBADF');
  });

  it('starts and stops 500 times, empty and full, and leaves nothing', () => {
    watching();
    const before = descriptors();
    const threads = () => fs.readdirSync('/proc/self/task').length;
    const running = threads();
    for (let round = 0; round < 500; round++) {
      const other = instance();
      const fd = succeeds(os.openRoot(text(path)));
      succeeds(os.inotifyAdd(other.inotify, fd, ALL));
      os.close(fd);
      if (round % 2) fs.mkdirSync(file(`d${round}`));
      other.close();
    }
    assert.equal(descriptors(), before);
    assert.ok(threads() <= running);
  });
});
