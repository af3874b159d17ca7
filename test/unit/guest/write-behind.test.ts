import assert from 'node:assert/strict';
import { Counter } from '../../../guest/counters.js';
import { FAR, FILES, FORWARD, LIMIT, SMALL, UNDER_WAY } from '../../../guest/write-behind.js';
import { Errno } from '../../../protocol/errno.js';
import { FUSE_WRITE_CACHE, FUSE_WRITE_KILL_SUIDGID } from '../../../protocol/fuse/flags.js';
import { Opcode } from '../../../protocol/fuse/opcodes.js';
import { fuse_fsync_in, fuse_in_header, fuse_write_in } from '../../../protocol/fuse/structs.js';
import { O_APPEND, O_DIRECT, O_DSYNC, O_SYNC, O_WRONLY } from '../../../protocol/linux.js';
import { Bench, MOST, OWN, pack, REQUEST } from './behind-bench.js';

describe('guest/write-behind', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = new Bench();
  });

  describe('gathers', () => {
    it('writes one behind the other into one', () => {
      for (let i = 0; i < 100; i++) assert.ok(bench.write(`${i % 10}`, 5 + i));
      assert.deepEqual(bench.payloads, []);
      assert.equal(bench.behind.drain(), 0);
      assert.deepEqual(bench.payloads, ['0123456789'.repeat(10)]);
      assert.deepEqual([bench.sent[0]!.offset, bench.sent[0]!.node, bench.sent[0]!.fh], [5n, 7n, 1n]);
      assert.equal(bench.counters[Counter.ANSWERED], 100);
    });

    it('what overlaps: the later one counts', () => {
      bench.write('aaaaaa', 10);
      bench.write('bb', 12);
      bench.write('cccc', 14);
      bench.behind.drain();
      assert.deepEqual(bench.payloads, ['aabbcccc']);
    });

    it('appends, as an append', () => {
      const flags = O_WRONLY | O_APPEND;
      bench.write('one ', 0, { flags });
      bench.write('two', 4, { flags });
      bench.behind.drain();
      assert.deepEqual([bench.payloads, bench.sent[0]!.flags], [['one two'], flags]);
    });

    it('that one of them takes set-id bits away', () => {
      bench.write('a', 0);
      bench.write('b', 1, { how: FUSE_WRITE_KILL_SUIDGID });
      bench.write('c', 2);
      bench.behind.drain();
      assert.deepEqual([bench.payloads, bench.sent[0]!.killsSetId], [['abc'], true]);
    });

    it('up to the largest WRITE, and begins anew', () => {
      const piece = 'x'.repeat(SMALL);
      for (let at = 0; at <= MOST; at += SMALL) bench.write(piece, at);
      assert.deepEqual(
        bench.payloads.map((text) => text.length),
        [MOST],
      );
      bench.behind.drain();
      assert.deepEqual(
        bench.payloads.map((text) => text.length),
        [MOST, SMALL],
      );
    });
  });

  describe('sends first what was written first', () => {
    for (const [how, offset, more] of [
      ['elsewhere in the file', 100, {}],
      ['before what is kept', 9, {}],
      ['behind a gap', 12, {}],
      ['by another handle', 11, { fh: 2n }],
      ['with other flags', 11, { flags: O_WRONLY | O_APPEND }],
    ] as const) {
      it(`of a write ${how}`, () => {
        bench.write('a', 10);
        assert.ok(bench.write('b', offset, more));
        assert.deepEqual(bench.payloads, ['a']);
        bench.behind.drain();
        assert.deepEqual(bench.payloads, ['a', 'b']);
      });
    }

    for (const [how, text, more] of [
      ['that is large', 'b'.repeat(SMALL + 1), {}],
      ['back from the page cache', 'b', { how: FUSE_WRITE_CACHE }],
      ['with O_SYNC', 'b', { flags: O_WRONLY | O_SYNC }],
      ['with O_DSYNC', 'b', { flags: O_WRONLY | O_DSYNC }],
      ['with O_DIRECT', 'b', { flags: O_WRONLY | O_DIRECT }],
      ['with O_DIRECT of arm64', 'b', { flags: O_WRONLY | 0o200000 }],
      ['of nothing', '', {}],
    ] as const) {
      it(`of a write ${how}, which is the host's`, () => {
        bench.write('a', 0);
        assert.ok(!bench.write(text, 1, more));
        assert.deepEqual(bench.payloads, ['a']);
        assert.deepEqual(bench.waits, [], 'the lane keeps their order');
      });
    }

    it('of a write so far out that the host may have to refuse it', () => {
      assert.ok(!bench.write('b', FAR));
      assert.ok(bench.write('b', FAR - 1));
    });

    it('of a write by a handle of which the daemon wants each at once', () => {
      bench.write('a', 0);
      assert.ok(!bench.write('b', 1, { fh: OWN | 2n }));
      assert.deepEqual([bench.payloads, bench.waits], [['a'], []]);
    });

    it('of a read of the file, not of others, and nobody waits', () => {
      bench.write('a', 0);
      assert.equal(bench.take(Opcode.READ, Buffer.alloc(40), 8n), FORWARD);
      assert.deepEqual(bench.payloads, []);
      assert.equal(bench.take(Opcode.READ, Buffer.alloc(40), 7n), FORWARD);
      assert.deepEqual([bench.payloads, bench.waits], [['a'], []]);
    });
  });

  describe('lets the host write first', () => {
    const file = [
      'GETATTR',
      'STATX',
      'SETATTR',
      'OPEN',
      'FLUSH',
      'FSYNC',
      'RELEASE',
      'FALLOCATE',
      'LSEEK',
      'GETLK',
    ] as const;
    const more = ['SETLK', 'SETLKW', 'SETXATTR', 'REMOVEXATTR'] as const;
    for (const name of [...file, ...more]) {
      it(`before ${name} of the file, not of others`, () => {
        bench.write('a', 0);
        assert.equal(bench.take(Opcode[name], Buffer.alloc(48), 8n), FORWARD);
        assert.deepEqual([bench.payloads, bench.waits], [[], []]);
        assert.equal(bench.take(Opcode[name], Buffer.alloc(48), 7n), FORWARD);
        assert.deepEqual([bench.payloads, bench.waits], [['a'], [1]]);
      });
    }

    const names = [
      'LOOKUP',
      'READDIRPLUS',
      'CREATE',
      'RENAME',
      'RENAME2',
      'LINK',
      'UNLINK',
      'COPY_FILE_RANGE',
    ] as const;
    for (const name of [...names, 'SYNCFS', 'FSYNCDIR', 'STATFS', 'DESTROY', 'MKDIR'] as const) {
      it(`before ${name}, whatever it is of`, () => {
        bench.write('a', 0);
        bench.write('b', 0, { node: 9n, fh: 9n });
        assert.equal(bench.take(Opcode[name], Buffer.alloc(48), 1n), FORWARD);
        assert.deepEqual([bench.payloads, bench.waits], [['a', 'b'], [2]]);
      });
    }

    for (const name of ['FORGET', 'BATCH_FORGET', 'INTERRUPT', 'ACCESS', 'READLINK', 'READDIR', 'GETXATTR'] as const) {
      it(`not before ${name}, which tells nothing of it`, () => {
        bench.write('a', 0);
        assert.equal(bench.take(Opcode[name], Buffer.alloc(48), 7n), FORWARD);
        assert.deepEqual(bench.payloads, []);
      });
    }

    it('also of what was sent already, but not answered', () => {
      bench.write('a', 0);
      bench.write('b', 100);
      bench.write('c', 0, { node: 8n });
      bench.fsync(3n, 8n);
      assert.deepEqual(bench.waits, [2], 'all before it on the lane, too');
      bench.fsync(1n, 7n);
      assert.deepEqual(
        [bench.payloads, bench.waits],
        [
          ['a', 'c', 'b'],
          [2, 3],
        ],
      );
      bench.fsync(1n, 7n);
      assert.deepEqual(bench.waits, [2, 3], 'and once only');
    });

    it('a program that writes faster than the host', () => {
      for (let i = 0; i <= UNDER_WAY + 2; i++) bench.write('x', i * 10);
      assert.equal(bench.sent.length, UNDER_WAY + 2);
      assert.deepEqual(bench.waits, [1, 2]);
    });
  });

  it(`keeps something of ${FILES} files; for one more the longest kept goes`, () => {
    for (let i = 0; i < FILES; i++) {
      bench.now++;
      bench.write(`${i}`, 0, { node: BigInt(i + 10) });
    }
    assert.deepEqual(bench.payloads, []);
    bench.write('more', 0, { node: 99n });
    assert.deepEqual(bench.payloads, ['0']);
  });

  it('keeps nothing longer than it may', () => {
    assert.ok(!bench.behind.dirty);
    bench.write('a', 0);
    bench.now += LIMIT / 2;
    bench.write('b', 1);
    bench.write('c', 0, { node: 8n });
    assert.ok(bench.behind.dirty);
    assert.equal(bench.behind.overdue(bench.now), 0);
    assert.deepEqual(bench.payloads, []);
    assert.equal(bench.behind.overdue(bench.now + LIMIT / 2), 0);
    assert.deepEqual([bench.payloads, bench.waits], [['ab'], []]);
    assert.equal(bench.behind.overdue(bench.now + LIMIT), 0);
    assert.deepEqual(bench.payloads, ['ab', 'c']);
    assert.ok(!bench.behind.dirty);
  });

  describe('what the host could not write', () => {
    beforeEach(() => {
      bench.write('a', 0);
      bench.errno = Errno.ENOSPC;
    });

    it('close says, each of them, and the host hears of the close all the same', () => {
      assert.deepEqual([bench.flush(), bench.flush()], [Errno.ENOSPC, Errno.ENOSPC]);
      assert.deepEqual(
        bench.aside.map((unique) => unique & OWN),
        [OWN, OWN],
      );
      assert.equal(bench.flush(2n), 0);
    });

    it('fsync says, once', () => {
      assert.deepEqual([bench.fsync(5n), bench.fsync(), bench.flush()], [Errno.ENOSPC, 0, 0]);
    });

    it('a drain says, also when the handle is gone', () => {
      assert.equal(bench.release(), 0);
      assert.deepEqual([bench.behind.drain(), bench.behind.drain()], [Errno.ENOSPC, 0]);
    });

    it('makes the next write the host’s, of this file only', () => {
      bench.take(Opcode.GETATTR, Buffer.alloc(16));
      assert.deepEqual([bench.write('b', 1), bench.write('b', 1, { node: 8n })], [false, true]);
      bench.fsync();
      assert.ok(bench.write('c', 2));
    });

    it('is known to whoever wrote it, though much was sent before and after', () => {
      bench.errno = 0;
      for (let i = 1; i < 5 * UNDER_WAY; i++) {
        bench.errno = i === 9 ? Errno.EIO : 0;
        const node = BigInt(100 + i);
        bench.write('x', 0, { node, fh: node });
        bench.take(Opcode.READ, Buffer.alloc(40), node);
      }
      bench.errno = 0;
      for (let i = 1; i < 5 * UNDER_WAY; i++)
        assert.equal(bench.flush(BigInt(100 + i), BigInt(100 + i)), i === 9 ? Errno.EIO : 0, `${i}`);
    });
  });

  it('without an answer from the host the mount ends', () => {
    bench = new Bench({ settle: () => -Errno.ECONNRESET });
    bench.write('a', 0);
    const body = pack(fuse_fsync_in, { fh: 1n });
    const len = fuse_in_header.size + body.length;
    const header = pack(fuse_in_header, { len, opcode: Opcode.FSYNC, unique: 4n, nodeid: 7n });
    Buffer.concat([header, body]).copy(bench.memory, REQUEST);
    assert.equal(bench.behind.take(len, 0), -Errno.ECONNRESET);
    assert.deepEqual(bench.replies.length, 1, 'of the write only');
  });

  it('what is not what it should look like is left to the daemon', () => {
    const args = pack(fuse_write_in, { fh: 1n, offset: 0n, size: 100, flags: O_WRONLY });
    assert.equal(bench.take(Opcode.WRITE, Buffer.concat([args, Buffer.alloc(99)])), FORWARD);
    assert.equal(bench.take(Opcode.WRITE, Buffer.alloc(3)), FORWARD);
  });
});
