import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { type Entry, readCpio, writeCpio } from '../../../../vm/image/cpio.js';
import { ImageError } from '../../../../vm/image/error.js';

const entries: Entry[] = [
  { path: 'bin', mode: 0o755, type: 'directory' },
  { path: 'bin/name of odd length', mode: 0o4755, type: 'file', data: Buffer.from('five!') },
  { path: 'bin/sh', mode: 0o777, type: 'symlink', target: 'busybox' },
  { path: 'dev/console', mode: 0o600, type: 'character', major: 5, minor: 1 },
  { path: 'empty', mode: 0o644, type: 'file', data: Buffer.alloc(0) },
  { path: 'größe', mode: 0o600, type: 'file', data: Buffer.from([0, 255, 10]) },
];

describe('vm/image/cpio', () => {
  it('reads what it writes', () => {
    assert.deepEqual(readCpio(writeCpio(entries)), entries);
  });

  it('writes what cpio reads: names, modes, owners, times', () => {
    const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
    const listing = execFileSync('cpio', ['-tv', '--quiet', '--numeric-uid-gid'], { input: writeCpio(entries), env });
    const lines = listing.toString('latin1').trimEnd().split('\n');
    assert.equal(lines.length, entries.length);
    for (const line of lines) assert.match(line, /^\S{10}\s+[12] 0\s+0\s+.* Jan {2}1 {2}1970 /);
    assert.match(lines[1]!, /^-rwsr-xr-x .* 5 Jan .* bin\/name of odd length$/);
    assert.match(lines[2]!, /^lrwxrwxrwx .* bin\/sh -> busybox$/);
    assert.match(lines[3]!, /^crw------- .* 5, {3}1 Jan .* dev\/console$/);
  });

  it('can be appended to another archive, as the kernel allows', () => {
    const [first, ...others] = entries;
    assert.equal(writeCpio(entries).length % 4, 0);
    assert.deepEqual(readCpio(Buffer.concat([writeCpio([first!]), Buffer.alloc(8), writeCpio(others)])), entries);
  });

  it('gives the same entries the same bytes', () => {
    assert.deepEqual(writeCpio(entries), writeCpio(structuredClone(entries).map((entry) => ({ ...entry }))));
  });

  const whole = writeCpio(entries);
  for (const [name, archive] of [
    ['something else', Buffer.from('#!/bin/sh\n'.repeat(20))],
    ['an archive that ends in a header', whole.subarray(0, 60)],
    ['an archive that ends in a file', whole.subarray(0, 118 + 112 + 24)],
    ['a header with a digit that is none', Buffer.from(whole.toString('latin1').replace('070701', '07070g'), 'latin1')],
  ] as const) {
    it(`refuses ${name}`, () => {
      assert.throws(() => readCpio(Buffer.from(archive)), ImageError);
    });
  }

  it('refuses a kind of file that the image has no use for', () => {
    const fifo = Buffer.from(whole.toString('latin1').replace('000041ed', '000011ed'), 'latin1');
    assert.throws(() => readCpio(fifo), /bin: mode 010755 has no place/);
  });
});
