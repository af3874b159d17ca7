/** readDirectory: whole records, cookies that continue, any size of buffer. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { os } from '../../native/index.js';
import * as L from '../../protocol/linux.js';
import { bytes, directory, fails, OUT, succeeds, text, u64, view } from './support/fixture.js';

interface Entry {
  ino: bigint;
  off: bigint;
  type: number;
  name: string;
}

/** The records of one call. */
function entries(used: number): Entry[] {
  const found: Entry[] = [];
  for (let at = OUT; at < OUT + used; ) {
    const length = view.getUint32(at + 16, true);
    const size = (24 + length + 7) & ~7;
    assert.ok(at + size <= OUT + used, 'a record is split');
    assert.ok(
      bytes.subarray(at + 24 + length, at + size).every((byte) => byte === 0),
      'padding is not zero',
    );
    found.push({
      ino: view.getBigUint64(at, true),
      off: view.getBigUint64(at + 8, true),
      type: view.getUint32(at + 20, true),
      name: bytes.toString('latin1', at + 24, at + 24 + length),
    });
    at += size;
  }
  return found;
}

describe('native: readDirectory', () => {
  const place = directory();
  const names = Array.from({ length: 1500 }, (_, index) => `${index}-`.padEnd(1 + (index % 255), 'n').slice(0, 255));
  let fd: number;

  before(() => {
    mkdirSync(`${place.path}/many`);
    for (const name of new Set(names)) writeFileSync(`${place.path}/many/${name}`, '');
    fd = succeeds(os.openFile(place.fd, text('many'), L.O_RDONLY | L.O_DIRECTORY, 0));
  });
  after(() => os.close(fd));

  function all(capacity: number): Entry[] {
    const found: Entry[] = [];
    for (let cookie = 0n; ; cookie = found.at(-1)!.off) {
      const used = succeeds(os.readDirectory(fd, u64(cookie), OUT, capacity), 'readDirectory');
      assert.ok(used <= capacity);
      if (used === 0) return found;
      found.push(...entries(used));
    }
  }

  for (const capacity of [280, 300, 1000, 4096, 65536, 1 << 20]) {
    it(`lists every name once with room for ${capacity} bytes`, () => {
      const found = all(capacity).map((entry) => entry.name);
      assert.deepEqual(found.sort(), ['.', '..', ...readdirSync(`${place.path}/many`, 'latin1')].sort());
    });
  }

  it('does not touch what is behind its room', () => {
    bytes.fill(0xaa, OUT, OUT + 5000);
    const used = os.readDirectory(fd, u64(0), OUT, 1000);
    assert.ok(used > 700, `${used} of 1000 bytes used`);
    assert.ok(bytes.subarray(OUT + used, OUT + 5000).every((byte) => byte === 0xaa));
  });

  it('any cookie continues exactly behind its entry, in any order', () => {
    const order = all(1 << 20);
    for (const index of [1400, 3, 700, 0, order.length - 2]) {
      os.readDirectory(fd, u64(order[index].off), OUT, 4096);
      assert.equal(view.getBigUint64(OUT, true), order[index + 1].ino);
    }
    assert.equal(os.readDirectory(fd, u64(order.at(-1)!.off), OUT, 4096), 0);
  });

  it('carries inode numbers and types', () => {
    mkdirSync(`${place.path}/many/directory`);
    try {
      const found = all(1 << 16).find((entry) => entry.name === 'directory');
      assert.equal(found?.type, 4);
    } finally {
      rmSync(`${place.path}/many/directory`, { recursive: true });
    }
  });

  it('says EINVAL when not one entry fits, ENOTDIR and ENOENT where due', () => {
    fails(os.readDirectory(fd, u64(0), OUT, 24), 'EINVAL');
    fails(os.readDirectory(fd, u64(0), OUT, 0), 'EINVAL');
    const file = succeeds(os.openFile(fd, text(names[1]), L.O_RDONLY, 0));
    fails(os.readDirectory(file, u64(0), OUT, 4096), 'ENOTDIR');
    os.close(file);
    succeeds(os.mkdir(place.fd, text('gone'), 0o700));
    const gone = succeeds(os.openFile(place.fd, text('gone'), L.O_RDONLY | L.O_DIRECTORY, 0));
    succeeds(os.rmdir(place.fd, text('gone')));
    fails(os.readDirectory(gone, u64(0), OUT, 4096), 'ENOENT');
    os.close(gone);
    fails(os.readDirectory(place.fd, u64(0), OUT, 4096), 'EBADF');
  });
});
