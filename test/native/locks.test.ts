/** Byte-range locks of open file descriptions and flock, within a process and between two. */
import assert from 'node:assert/strict';
import { os } from '../../native/index.js';
import * as L from '../../protocol/linux.js';
import { directory, fails, succeeds, text, u64, view } from './support/fixture.js';
import { inAnotherProcess } from './support/process.js';

const TO_END = 0x7fffffffffffffffn;

/** A fuse_file_lock record. */
function lock(type: number, start: bigint | number, end: bigint | number): number {
  const at = u64(start, end, 0);
  view.setUint32(at + 16, type, true);
  return at;
}

describe('native: locks', () => {
  const place = directory();
  let one: number;
  let two: number;

  before(() => {
    one = succeeds(os.openFile(place.fd, text('file'), L.O_CREAT | L.O_RDWR, 0o600));
    two = succeeds(os.openFile(place.fd, text('file'), L.O_RDWR, 0));
  });
  afterEach(() => {
    for (const fd of [one, two]) {
      succeeds(os.lockSet(fd, lock(L.F_UNLCK, 0, TO_END)));
      succeeds(os.flock(fd, L.LOCK_UN));
    }
  });
  after(() => {
    os.close(one);
    os.close(two);
  });

  it('two descriptions of one process exclude each other', () => {
    assert.equal(os.lockSet(one, lock(L.F_WRLCK, 10, 19)), 0);
    fails(os.lockSet(two, lock(L.F_WRLCK, 19, 19)), 'EAGAIN');
    fails(os.lockSet(two, lock(L.F_RDLCK, 0, TO_END)), 'EAGAIN');
    assert.equal(os.lockSet(two, lock(L.F_WRLCK, 20, TO_END)), 0);
    assert.equal(os.lockSet(one, lock(L.F_RDLCK, 10, 19)), 0);
    assert.equal(os.lockSet(two, lock(L.F_RDLCK, 10, 19)), 0);
  });

  it('lockTest names the conflict, with an inclusive end', () => {
    assert.equal(os.lockSet(one, lock(L.F_WRLCK, 10, 19)), 0);
    assert.equal(os.lockSet(one, lock(L.F_RDLCK, 100, TO_END)), 0);
    const test = (type: number, start: number, end: bigint | number) => {
      const at = lock(type, start, end);
      succeeds(os.lockTest(two, at));
      return [view.getUint32(at + 16, true), view.getBigUint64(at, true), view.getBigUint64(at + 8, true)];
    };
    assert.deepEqual(test(L.F_RDLCK, 0, 50), [L.F_WRLCK, 10n, 19n]);
    assert.deepEqual(test(L.F_WRLCK, 50, TO_END), [L.F_RDLCK, 100n, TO_END]);
    assert.equal(test(L.F_RDLCK, 50, TO_END)[0], L.F_UNLCK);
    assert.equal(test(L.F_WRLCK, 0, 9)[0], L.F_UNLCK);
  });

  it('unlocking a part leaves the rest', () => {
    assert.equal(os.lockSet(one, lock(L.F_WRLCK, 0, TO_END)), 0);
    assert.equal(os.lockSet(one, lock(L.F_UNLCK, 5, 5)), 0);
    assert.equal(os.lockSet(two, lock(L.F_WRLCK, 5, 5)), 0);
    fails(os.lockSet(two, lock(L.F_WRLCK, 4, 4)), 'EAGAIN');
    fails(os.lockSet(two, lock(L.F_WRLCK, 6, 6)), 'EAGAIN');
  });

  it('refuses ranges and types that mean nothing', () => {
    fails(os.lockSet(one, lock(L.F_WRLCK, 5, 4)), 'EINVAL');
    fails(os.lockSet(one, lock(L.F_WRLCK, 1n << 63n, (1n << 63n) + 1n)), 'EINVAL');
    fails(os.lockSet(one, lock(3, 0, 1)), 'EINVAL');
    fails(os.lockTest(one, lock(L.F_UNLCK, 0, 1)), 'EINVAL');
    fails(os.lockSet(9999, lock(L.F_WRLCK, 0, 1)), 'EBADF');
  });

  it('a write lock needs a descriptor open for writing', () => {
    const reader = succeeds(os.openFile(place.fd, text('file'), L.O_RDONLY, 0));
    fails(os.lockSet(reader, lock(L.F_WRLCK, 0, 1)), 'EBADF');
    assert.equal(os.lockSet(reader, lock(L.F_RDLCK, 0, 1)), 0);
    os.close(reader);
  });

  it('flock excludes by description and never waits', () => {
    assert.equal(os.flock(one, L.LOCK_SH), 0);
    assert.equal(os.flock(two, L.LOCK_SH), 0);
    fails(os.flock(one, L.LOCK_EX), 'EAGAIN');
    assert.equal(os.flock(two, L.LOCK_UN), 0);
    assert.equal(os.flock(one, L.LOCK_EX), 0);
    fails(os.flock(two, L.LOCK_SH), 'EAGAIN');
  });

  it('another process sees both kinds, and loses its own when it ends', async () => {
    const child = await inAnotherProcess('lock-holder.js', `${place.path}/file`);
    fails(os.lockSet(one, lock(L.F_WRLCK, 5, 5)), 'EAGAIN');
    assert.equal(os.lockSet(one, lock(L.F_WRLCK, 11, 11)), 0);
    fails(os.flock(one, L.LOCK_SH), 'EAGAIN');
    await child.end();
    assert.equal(os.lockSet(one, lock(L.F_WRLCK, 5, 5)), 0);
    assert.equal(os.flock(one, L.LOCK_EX), 0);
  });
});
