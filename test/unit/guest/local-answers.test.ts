import assert from 'node:assert/strict';
import { Counter, createCounters } from '../../../guest/counters.js';
import { ANSWERED, FORWARD, LocalAnswers, type LocalAnswersOptions } from '../../../guest/local-answers.js';
import { LOCKED_FILES_LIMIT } from '../../../guest/locked-files.js';
import { Errno } from '../../../protocol/errno.js';
import { FUSE_COMPAT_SETXATTR_IN_SIZE } from '../../../protocol/fuse/constants.js';
import { FUSE_LK_FLOCK } from '../../../protocol/fuse/flags.js';
import { Opcode } from '../../../protocol/fuse/opcodes.js';
import {
  fuse_flush_in,
  fuse_getxattr_in,
  fuse_in_header,
  fuse_lk_in,
  fuse_release_in,
  fuse_setxattr_in,
} from '../../../protocol/fuse/structs.js';
import { type Fields, type Struct, type Value, writeStruct } from '../../../protocol/struct.js';

const REQUEST = 80;
const UNIQUE = 0x1234_5678_9abc_def0n;
const everything: LocalAnswersOptions = { userXattrsOnly: true, flushForLocksOnly: true, readOnly: false };

function pack<F extends Fields>(type: Struct<F>, members: { readonly [K in keyof F]?: Value }): Buffer {
  const bytes = Buffer.alloc(type.size);
  writeStruct(type, new DataView(bytes.buffer, bytes.byteOffset), 0, members);
  return bytes;
}

/** LocalAnswers over memory of its own, and what they gave to the kernel. */
class Bench {
  readonly memory = Buffer.from(new ArrayBuffer(4096));
  readonly counters = createCounters();
  readonly replies: string[] = [];
  /** of giving a reply to the kernel */
  result = 0;
  readonly answers: LocalAnswers;

  constructor(options: Partial<LocalAnswersOptions> = {}) {
    const reply = (offset: number, length: number) => {
      this.replies.push(this.memory.toString('hex', offset, offset + length));
      return this.result;
    };
    const { buffer } = this.memory;
    this.answers = new LocalAnswers(
      buffer as ArrayBuffer,
      REQUEST,
      reply,
      { ...everything, ...options },
      this.counters,
    );
  }

  take(opcode: number, parts: readonly Uint8Array[], nodeid = 7n): number {
    const body = Buffer.concat(parts);
    const len = fuse_in_header.size + body.length;
    const message = Buffer.concat([pack(fuse_in_header, { len, opcode, unique: UNIQUE, nodeid }), body]);
    this.memory.fill(0xee).set(message, REQUEST);
    const result = this.answers.take(len);
    if (result === FORWARD) assert.ok(this.memory.subarray(REQUEST, REQUEST + len).equals(message), 'it is unchanged');
    return result;
  }

  /** What the request is answered with: 0 or a positive errno; undefined: it is forwarded. */
  answer(opcode: number, parts: readonly Uint8Array[], nodeid?: bigint): number | undefined {
    const before = this.replies.length;
    const result = this.take(opcode, parts, nodeid);
    if (result === FORWARD) {
      assert.equal(this.replies.length, before);
      return undefined;
    }
    assert.equal(result, ANSWERED);
    assert.equal(this.replies.length, before + 1);
    const reply = Buffer.from(this.replies.at(-1)!, 'hex');
    assert.deepEqual([reply.length, reply.readUInt32LE(0), reply.readBigUInt64LE(8)], [16, 16, UNIQUE]);
    return Math.abs(reply.readInt32LE(4));
  }

  flush(nodeid = 7n, fh = 1n): number | undefined {
    return this.answer(Opcode.FLUSH, [pack(fuse_flush_in, { fh, lock_owner: 99n })], nodeid);
  }

  lock(opcode: number = Opcode.SETLK, nodeid = 7n, fh = 1n, lk_flags = 0): void {
    assert.equal(this.answer(opcode, [pack(fuse_lk_in, { fh, owner: 99n, lk_flags })], nodeid), undefined);
  }

  release(nodeid = 7n, fh = 1n): void {
    assert.equal(this.answer(Opcode.RELEASE, [pack(fuse_release_in, { fh })], nodeid), undefined);
  }
}

const text = (name: string) => Buffer.from(`${name}\0`);

/** The requests that name an attribute. */
const attributeRequests: readonly [string, number, (name: string) => Uint8Array[]][] = [
  ['GETXATTR', Opcode.GETXATTR, (name) => [pack(fuse_getxattr_in, { size: 24 }), text(name)]],
  ['GETXATTR for the size', Opcode.GETXATTR, (name) => [pack(fuse_getxattr_in, {}), text(name)]],
  ['SETXATTR', Opcode.SETXATTR, (name) => setxattr(name, Buffer.from('value'))],
  ['SETXATTR of nothing', Opcode.SETXATTR, (name) => setxattr(name, Buffer.alloc(0))],
  ['SETXATTR of zeros', Opcode.SETXATTR, (name) => setxattr(name, Buffer.alloc(64))],
  ['SETXATTR that kills set-id', Opcode.SETXATTR, (name) => setxattr(name, Buffer.from('v'), { setxattr_flags: 1 })],
  ['SETXATTR, short', Opcode.SETXATTR, (name) => shortSetxattr(name, Buffer.from('value'))],
  ['SETXATTR of nothing, short', Opcode.SETXATTR, (name) => shortSetxattr(name, Buffer.alloc(0))],
  ['SETXATTR of zeros, short', Opcode.SETXATTR, (name) => shortSetxattr(name, Buffer.alloc(8))],
  ['REMOVEXATTR', Opcode.REMOVEXATTR, (name) => [text(name)]],
];

function setxattr(name: string, value: Buffer, more: { setxattr_flags?: number } = {}): Uint8Array[] {
  return [pack(fuse_setxattr_in, { size: value.length, flags: 1, ...more }), text(name), value];
}

function shortSetxattr(name: string, value: Buffer): Uint8Array[] {
  const [struct, ...rest] = setxattr(name, value);
  return [struct!.subarray(0, FUSE_COMPAT_SETXATTR_IN_SIZE), ...rest];
}

describe('guest/local-answers: attributes', () => {
  for (const [what, opcode, parts] of attributeRequests) {
    const answer = (name: string, options?: Partial<LocalAnswersOptions>) =>
      new Bench(options).answer(opcode, parts(name));

    it(`${what}: a name that every share refuses is refused here`, () => {
      for (const name of [
        'security.capability',
        'security.selinux',
        'system.posix_acl_access',
        'trusted.x',
        's',
        'user',
      ])
        assert.equal(answer(name), Errno.EOPNOTSUPP, name);
      assert.equal(answer('user.'), Errno.EINVAL);
      assert.equal(answer('n'.repeat(255)), Errno.EOPNOTSUPP);
      assert.equal(answer('n'.repeat(256)), Errno.ERANGE);
    });

    it(`${what}: all others are the daemon's`, () => {
      // Behind the eighth byte of some of them stands what would be refused.
      const names = ['user.a', 'user.mime_type', 'user.aaasecurity.capability', 'user.aaa', `user.${'n'.repeat(250)}`];
      for (const name of names) assert.equal(answer(name), undefined, name);
    });

    it(`${what}: everything is the daemon's without its leave`, () => {
      assert.equal(answer('security.capability', { userXattrsOnly: false }), undefined);
    });
  }

  it('the size and the list of attributes are the daemon’s', () => {
    assert.equal(new Bench().answer(Opcode.LISTXATTR, [pack(fuse_getxattr_in, { size: 24 })]), undefined);
  });

  it('on a read-only mount only questions are answered: changes fail there for another reason', () => {
    for (const [what, opcode, parts] of attributeRequests) {
      const expected = opcode === Opcode.GETXATTR ? Errno.EOPNOTSUPP : undefined;
      assert.equal(new Bench({ readOnly: true }).answer(opcode, parts('trusted.x')), expected, what);
    }
  });

  it('what is not as it should be is the daemon’s to judge', () => {
    const get = pack(fuse_getxattr_in, { size: 24 });
    const set = (size: number) => pack(fuse_setxattr_in, { size });
    const name = text('security.x');
    for (const [opcode, parts] of [
      [Opcode.GETXATTR, []],
      [Opcode.GETXATTR, [get]],
      [Opcode.GETXATTR, [get.subarray(0, 4)]],
      [Opcode.GETXATTR, [get, text('')]],
      [Opcode.GETXATTR, [get, Buffer.from('security.x')]],
      [Opcode.GETXATTR, [get, name, text('more')]],
      [Opcode.REMOVEXATTR, []],
      [Opcode.REMOVEXATTR, [text('')]],
      [Opcode.REMOVEXATTR, [name, Buffer.of(0)]],
      [Opcode.SETXATTR, []],
      [Opcode.SETXATTR, [set(0).subarray(0, 7)]],
      [Opcode.SETXATTR, [set(0), name, Buffer.from('value')]],
      [Opcode.SETXATTR, [set(6), name, Buffer.from('value')]],
      [Opcode.SETXATTR, [set(1000), name, Buffer.from('value')]],
      [Opcode.SETXATTR, [set(0xffff_ffff), name, Buffer.from('value')]],
    ] as const)
      assert.equal(new Bench().answer(opcode, parts), undefined, `${opcode} ${Buffer.concat(parts).toString('hex')}`);
  });
});

describe('guest/local-answers: FLUSH', () => {
  it('of a file without locks is answered, whatever became of it otherwise', () => {
    const bench = new Bench();
    assert.equal(bench.flush(), 0);
    bench.release();
    assert.equal(bench.answer(Opcode.FORGET, [Buffer.alloc(8)]), undefined);
    assert.equal(bench.answer(Opcode.GETLK, [pack(fuse_lk_in, { fh: 1n })]), undefined);
    assert.equal(bench.flush(), 0);
  });

  it('is the daemon’s without its leave, with locks and without', () => {
    const bench = new Bench({ flushForLocksOnly: false });
    assert.equal(bench.flush(), undefined);
    bench.lock();
    bench.release();
    assert.equal(bench.flush(), undefined);
  });

  for (const [what, opcode, flags] of [
    ['SETLK', Opcode.SETLK, 0],
    ['SETLKW', Opcode.SETLKW, 0],
    ['flock', Opcode.SETLK, FUSE_LK_FLOCK],
    ['flock that waits', Opcode.SETLKW, FUSE_LK_FLOCK],
  ] as const) {
    it(`is the daemon’s from a ${what} on until the RELEASE of its handle`, () => {
      const bench = new Bench();
      bench.lock(opcode, 7n, 1n, flags);
      for (const fh of [1n, 2n]) assert.equal(bench.flush(7n, fh), undefined);
      assert.equal(bench.flush(8n), 0);
      bench.release(7n, 2n);
      bench.release(8n, 1n);
      // One lookup less of perhaps many.
      bench.answer(Opcode.FORGET, [Buffer.from([1, 0, 0, 0, 0, 0, 0, 0])]);
      assert.equal(bench.flush(), undefined);
      bench.release(7n, 1n);
      assert.equal(bench.flush(), 0);
    });
  }

  it('is the daemon’s as long as one of several locked handles is open', () => {
    const bench = new Bench();
    for (const fh of [1n, 0x1_0000_0001n]) bench.lock(Opcode.SETLK, 7n, fh);
    bench.release(7n, 1n);
    assert.equal(bench.flush(), undefined);
    bench.release(7n, 0x1_0000_0001n);
    assert.equal(bench.flush(), 0);
  });

  it('is the daemon’s for every file once too many were locked at a time', () => {
    const bench = new Bench();
    for (let node = 1; node <= LOCKED_FILES_LIMIT; node++) bench.lock(Opcode.SETLK, BigInt(node));
    assert.equal(bench.flush(1_000_000n), 0);
    bench.lock(Opcode.SETLK, 500_000n);
    assert.equal(bench.flush(1_000_000n), undefined);
  });

  it('of another length is the daemon’s to judge', () => {
    const flush = pack(fuse_flush_in, {});
    for (const parts of [[], [flush.subarray(1)], [flush, Buffer.alloc(8)]])
      assert.equal(new Bench().answer(Opcode.FLUSH, parts), undefined);
  });
});

describe('guest/local-answers', () => {
  it('has no opinion on any other request', () => {
    const known = new Set<number>([Opcode.FLUSH, Opcode.GETXATTR, Opcode.SETXATTR, Opcode.REMOVEXATTR]);
    for (const opcode of [...Object.values(Opcode), 0, 4096, 0xffff_ffff])
      if (!known.has(opcode)) assert.equal(new Bench().answer(opcode, [Buffer.alloc(64)]), undefined, `${opcode}`);
  });

  it('leaves a request alone that is not as long as it says', () => {
    const bench = new Bench();
    bench.memory.set(pack(fuse_in_header, { len: 64, opcode: Opcode.FLUSH, nodeid: 7n }), REQUEST);
    for (const length of [0, 39, 63, 65]) assert.equal(bench.answers.take(length), FORWARD);
    assert.equal(bench.answers.take(64), ANSWERED);
  });

  it('counts what it answers, and nothing else', () => {
    const bench = new Bench();
    bench.flush();
    bench.lock();
    bench.flush();
    bench.result = -Errno.ENOENT;
    assert.equal(bench.flush(8n), 0, 'nobody waits for the answer any more');
    const { counters } = bench;
    const counts = [Counter.REQUESTS, Counter.ANSWERED, Counter.LATE, Counter.BYTES_OUT, Counter.REPLIES];
    assert.deepEqual(
      counts.map((counter) => counters[counter]),
      [2, 1, 1, 0, 0],
    );
  });

  it('tells why the kernel did not take an answer', () => {
    const bench = new Bench();
    bench.result = -Errno.ENODEV;
    assert.equal(bench.take(Opcode.FLUSH, [pack(fuse_flush_in, {})]), -Errno.ENODEV);
  });
});
