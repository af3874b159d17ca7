import assert from 'node:assert/strict';
import { CARRIES, Devices, REFUSES, UNKNOWN } from '../../../../host/ownership/devices.js';
import { Has, OwnerRecord } from '../../../../host/ownership/record.js';
import { isSettled, RecordCache } from '../../../../host/ownership/record-cache.js';
import { STAT } from '../../../../native/os.js';
import { fuse_attr } from '../../../../protocol/fuse/structs.js';

interface Stat {
  ino?: bigint;
  dev?: bigint;
  sec?: bigint;
  nsec?: number;
}

/** A STAT record at word 2 of its own memory. */
function stat({ ino = 5n, dev = 1n, sec = 1_700_000_000n, nsec = 123 }: Stat = {}): Uint32Array {
  const view = new DataView(new ArrayBuffer(8 + STAT.size));
  view.setBigUint64(8 + fuse_attr.at.ino, ino, true);
  view.setBigUint64(8 + STAT.dev, dev, true);
  view.setBigInt64(8 + fuse_attr.at.ctime, sec, true);
  view.setUint32(8 + fuse_attr.at.ctimensec, nsec, true);
  return new Uint32Array(view.buffer);
}

const owned = new OwnerRecord();
owned.setUid(4_000_000_000);
owned.setGid(20);
owned.tieMode(0o2755);
owned.has |= Has.STORED;

describe('record cache', () => {
  it('gives back what it was given, as long as the object is the same and unchanged', () => {
    const cache = new RecordCache();
    const into = new OwnerRecord();
    cache.set(3, stat(), 2, owned);
    assert.equal(cache.get(3, stat(), 2, into), true);
    assert.deepEqual(into, owned);
  });

  it('remembers that there is no record', () => {
    const cache = new RecordCache();
    const into = new OwnerRecord();
    into.setUid(7);
    cache.set(3, stat(), 2, new OwnerRecord());
    assert.equal(cache.get(3, stat(), 2, into), true);
    assert.equal(into.has, 0);
  });

  const others: [what: string, other: Stat][] = [
    ['another ctime, ns', { nsec: 124 }],
    ['another ctime, s', { sec: 1_700_000_001n }],
    ['another inode', { ino: 6n }],
    ['another inode, high half', { ino: 5n + (1n << 32n) }],
    ['another device', { dev: 2n }],
    ['another device, high half', { dev: 1n + (1n << 32n) }],
  ];
  for (const [what, other] of others) {
    it(`does not answer for ${what}`, () => {
      const cache = new RecordCache();
      cache.set(3, stat(), 2, owned);
      assert.equal(cache.get(3, stat(other), 2, new OwnerRecord()), false);
    });
  }

  it('answers for no slot that was never set, or forgotten', () => {
    const cache = new RecordCache();
    const into = new OwnerRecord();
    assert.equal(cache.get(0, stat(), 2, into), false);
    assert.equal(cache.get(1_000_000, stat(), 2, into), false);
    cache.forget(1_000_000);
    cache.set(0, stat(), 2, owned);
    cache.forget(0);
    assert.equal(cache.get(0, stat(), 2, into), false);
  });

  it('keeps every entry when it grows', () => {
    const cache = new RecordCache();
    const into = new OwnerRecord();
    for (let slot = 0; slot < 5000; slot += 7) {
      into.clear();
      into.setUid(slot);
      cache.set(slot, stat({ ino: BigInt(slot) }), 2, into);
    }
    for (let slot = 0; slot < 5000; slot++) {
      const known = cache.get(slot, stat({ ino: BigInt(slot) }), 2, into);
      assert.equal(known, slot % 7 === 0);
      if (known) assert.equal(into.uid, slot);
    }
  });
});

describe('when a record may be remembered', () => {
  const cases: [what: string, ctime: Stat, nowMs: number, settled: boolean][] = [
    ['long after the change', { sec: 1000n, nsec: 5_000_000 }, 2_000_000, true],
    ['21 ms after it', { sec: 1000n, nsec: 5_000_000 }, 1_000_026, true],
    ['20 ms after it', { sec: 1000n, nsec: 5_000_000 }, 1_000_025, false],
    ['in the same tick', { sec: 1000n, nsec: 5_000_000 }, 1_000_005, false],
    ['with a file server whose clock is ahead', { sec: 2000n, nsec: 5 }, 1_000_000, false],
    ['whole seconds: 1.9 s after it', { sec: 1000n, nsec: 0 }, 1_001_900, false],
    ['whole seconds: 2.1 s after it', { sec: 1000n, nsec: 0 }, 1_002_100, true],
    ['a change before 1970', { sec: -5n, nsec: 1 }, 0, true],
    ['a change after 2106', { sec: 1n << 33n, nsec: 1 }, (2 ** 33 + 1) * 1000, true],
  ];
  for (const [what, ctime, nowMs, settled] of cases) {
    it(`${what}: ${settled ? 'yes' : 'no'}`, () => assert.equal(isSettled(stat(ctime), 2, nowMs), settled));
  }
});

describe('devices', () => {
  it('remembers an answer per device, and changes it', () => {
    const devices = new Devices();
    assert.equal(devices.get(stat(), 2), UNKNOWN);
    assert.equal(devices.get(stat({ dev: 0n }), 2), UNKNOWN);
    devices.set(stat({ dev: 1n }), 2, REFUSES);
    devices.set(stat({ dev: 1n << 32n }), 2, CARRIES);
    assert.equal(devices.get(stat({ dev: 1n }), 2), REFUSES);
    assert.equal(devices.get(stat({ dev: 1n << 32n }), 2), CARRIES);
    devices.set(stat({ dev: 1n }), 2, CARRIES);
    assert.equal(devices.get(stat({ dev: 1n }), 2), CARRIES);
  });

  it('drops the oldest of more devices than it has room for', () => {
    const devices = new Devices();
    for (let dev = 0n; dev < 17n; dev++) devices.set(stat({ dev }), 2, CARRIES);
    assert.equal(devices.get(stat({ dev: 0n }), 2), UNKNOWN);
    for (let dev = 1n; dev < 17n; dev++) assert.equal(devices.get(stat({ dev }), 2), CARRIES);
  });
});
