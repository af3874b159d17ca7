/** READ and WRITE: sizes, positions, appending, and a stream that may be cut anywhere. */
import assert from 'node:assert/strict';
import { randomFillSync } from 'node:crypto';
import { appendFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { FUSE_WRITE_CACHE, FUSE_WRITE_KILL_SUIDGID } from '../../protocol/fuse/flags.js';
import { fuse_read_in, fuse_write_in, fuse_write_out } from '../../protocol/fuse/structs.js';
import { O_APPEND, O_RDWR, O_WRONLY } from '../../protocol/linux.js';
import { encode, pack, unpack } from './support/message.js';
import { ROOT, Vfs } from './support/vfs.js';

const MiB = 1 << 20;

describe('READ', () => {
  const content = randomFillSync(Buffer.alloc(3 * MiB + 12_345));
  let v: Vfs;
  let nodeid: bigint;
  let fh: bigint;
  before(async () => {
    v = await Vfs.open();
    writeFileSync(v.guest.at('f'), content);
    ({ nodeid } = await v.lookup(ROOT, 'f'));
    fh = await v.open(nodeid);
  });
  after(() => v.close());

  const edges = [0, 1, 4095, 4096, 4097, 32_767, 32_768, 32_769, 65_536, 131_072, MiB - 1, MiB];

  it('answers every size at every kind of position with exactly those bytes', async () => {
    for (const size of edges) {
      for (const offset of [0, 1, 4096, 5000, 2 * MiB - 1, content.length - 100_000, content.length - 1]) {
        const got = await v.read(nodeid, fh, offset, size);
        assert.ok(got.equals(content.subarray(offset, offset + size)), `${size} bytes at ${offset}`);
      }
    }
  });

  it('is empty at and behind the end', async () => {
    for (const offset of [content.length, content.length + 1, 2n ** 40n, 2n ** 62n])
      for (const size of edges) assert.equal((await v.read(nodeid, fh, offset, size)).length, 0);
  });

  it('refuses positions that are none', async () => {
    for (const offset of [1n << 63n, 0xffff_ffff_ffff_ffffn, 0xffff_ffff_ffff_f000n])
      for (const size of [4096, MiB]) await assert.rejects(v.read(nodeid, fh, offset, size), { code: 'EINVAL' });
  });

  it('answers many at once, each with its own bytes', async () => {
    const asked = Array.from({ length: 200 }, (_, i) => ({
      offset: (i * 77_777) % content.length,
      size: (i * 9973) % 300_000,
    }));
    const got = await Promise.all(asked.map(({ offset, size }) => v.read(nodeid, fh, offset, size)));
    for (const [i, { offset, size }] of asked.entries())
      assert.ok(got[i]!.equals(content.subarray(offset, offset + size)), `${size} bytes at ${offset}`);
  });

  it('of a file that becomes shorter meanwhile tells what is there, in one whole reply', async () => {
    writeFileSync(v.guest.at('g'), content);
    const g = await v.lookup(ROOT, 'g');
    const other = await v.open(g.nodeid);
    const reads = Array.from({ length: 40 }, () => v.read(g.nodeid, other, 0, MiB));
    for (let length = MiB; length > 0; length -= 50_000) truncateSync(v.guest.at('g'), length);
    for (const got of await Promise.all(reads)) {
      // What was cut off while it was on its way may come as zeroes, as for any reader.
      const wrong = got.findIndex((byte, i) => byte !== content[i] && byte !== 0);
      assert.equal(wrong, -1);
    }
  });

  it('more than a megabyte is a violation that ends the session and no other', async () => {
    const other = await Vfs.open();
    const reply = other.guest.ask('READ', {}, pack(fuse_read_in, { fh: 1, size: MiB + 1 }));
    await assert.rejects(reply, { name: 'LaneClosed' });
    assert.match(await other.guest.ended, /^protocol violation: READ of 1048577 bytes$/);
    await other.close();
    assert.equal((await v.read(nodeid, fh, 0, 1)).length, 1);
  });
});

describe('WRITE', () => {
  let v: Vfs;
  let nodeid: bigint;
  let fh: bigint;
  const path = () => v.guest.at('f');
  before(async () => {
    v = await Vfs.open();
  });
  beforeEach(async () => {
    ({ nodeid, fh } = await v.create(ROOT, 'f', O_RDWR | 0o1000));
  });
  afterEach(() => v.release(nodeid, fh));
  after(() => v.close());

  function writeMessage(unique: bigint, offset: number, data: Uint8Array, flags = 0): Buffer {
    const fixed = pack(fuse_write_in, { fh, offset, size: data.length, flags });
    return encode('WRITE', unique, { nodeid }, [fixed, data]);
  }

  /** Sends bytes in pieces, each one only when the daemon has had time to take the one before. */
  async function sendInPieces(bytes: Buffer, cuts: readonly number[]): Promise<void> {
    let from = 0;
    for (const to of [...cuts, bytes.length]) {
      v.guest.data.send(bytes.subarray(from, to));
      from = to;
      // One turn through the metadata lane: long enough for the other lane to have looked, and no fixed time.
      await v.getattr(ROOT);
    }
  }

  it('writes every size at every kind of position', async () => {
    for (const size of [0, 1, 4095, 4096, 4097, 65_535, 65_536, 262_144, 262_145, MiB - 1, MiB]) {
      for (const offset of [0, 1, 4095, 10_000]) {
        truncateSync(path(), 0);
        const data = randomFillSync(Buffer.alloc(size));
        assert.equal(await v.write(nodeid, fh, offset, data), size);
        const file = readFileSync(path());
        assert.equal(file.length, size === 0 ? 0 : offset + size);
        assert.ok(file.subarray(offset).equals(data));
      }
    }
  });

  it('may be cut anywhere in its header, arguments and payload', async () => {
    const data = randomFillSync(Buffer.alloc(300));
    const whole = (unique: bigint) => writeMessage(unique, 7, data);
    for (let cut = 1; cut < 80 + 300; cut++) {
      const unique = v.guest.nextUnique();
      const reply = v.guest.data.reply(unique);
      await sendInPieces(whole(unique), [cut]);
      const { error, body } = await reply;
      assert.deepEqual([error, unpack(fuse_write_out, body).size], [0, 300], `cut at ${cut}`);
      assert.ok(readFileSync(path()).subarray(7).equals(data), `cut at ${cut}`);
      truncateSync(path(), 0);
    }
  });

  it('of a megabyte may be cut anywhere', async () => {
    const data = randomFillSync(Buffer.alloc(MiB));
    const edges = [1, 39, 40, 79, 80, 81, 4096, 65_535, 65_616, 262_144 + 80, 262_144 + 81, MiB + 79];
    for (const cut of edges) {
      const unique = v.guest.nextUnique();
      const reply = v.guest.data.reply(unique);
      await sendInPieces(writeMessage(unique, cut, data), [cut, Math.min(cut + 5000, MiB + 79)]);
      assert.equal((await reply).error, 0);
      assert.ok(readFileSync(path()).subarray(cut).equals(data), `cut at ${cut}`);
      truncateSync(path(), 0);
    }
  });

  it('many behind each other in one stream, of every size, all land where they belong', async () => {
    const pieces: { offset: number; data: Buffer; unique: bigint }[] = [];
    let offset = 0;
    for (let i = 0; i < 3000; i++) {
      const size = i % 100 === 99 ? 200_000 + i : (i * 31) % 700;
      pieces.push({ offset, data: randomFillSync(Buffer.alloc(size)), unique: v.guest.nextUnique() });
      offset += size;
    }
    const replies = pieces.map(({ unique }) => v.guest.data.reply(unique));
    v.guest.data.send(Buffer.concat(pieces.map(({ unique, offset: at, data }) => writeMessage(unique, at, data))));
    for (const [i, reply] of (await Promise.all(replies)).entries()) {
      assert.equal(reply.error, 0);
      assert.equal(unpack(fuse_write_out, reply.body).size, pieces[i]!.data.length);
    }
    assert.ok(readFileSync(path()).equals(Buffer.concat(pieces.map(({ data }) => data))));
  });

  it('reads and writes mixed in one stream are answered each', async () => {
    await v.write(nodeid, fh, 0, Buffer.alloc(MiB, 7));
    const reads = Array.from({ length: 60 }, (_, i) => v.read(nodeid, fh, 0, i % 2 ? 100 : 500_000));
    const writes = Array.from({ length: 60 }, (_, i) => v.write(nodeid, fh, 0, Buffer.alloc(i * 1000, 7)));
    for (const got of await Promise.all(reads)) assert.ok(got.every((byte) => byte === 7));
    assert.deepEqual(
      await Promise.all(writes),
      Array.from({ length: 60 }, (_, i) => i * 1000),
    );
  });

  it("O_APPEND writes at the host's end of the file, whatever the position says", async () => {
    const appending = await v.open(nodeid, O_WRONLY | O_APPEND);
    await v.write(nodeid, fh, 0, 'guest.');
    appendFileSync(path(), 'host.');
    await v.write(nodeid, appending, 0, 'appended.', { flags: O_WRONLY | O_APPEND });
    assert.equal(readFileSync(path(), 'utf8'), 'guest.host.appended.');
    await v.write(nodeid, appending, 0, 'GUEST.', { flags: O_WRONLY | O_APPEND, write_flags: FUSE_WRITE_CACHE });
    assert.equal(readFileSync(path(), 'utf8'), 'GUEST.host.appended.', 'a write-back lands where its page belongs');
    await v.release(nodeid, appending);
  });

  it('appends of a megabyte from two handles do not mix', async () => {
    const handles = [await v.open(nodeid, O_WRONLY | O_APPEND), await v.open(nodeid, O_WRONLY | O_APPEND)];
    const flags = O_WRONLY | O_APPEND;
    const write = (i: number) => v.write(nodeid, handles[i % 2]!, 0, Buffer.alloc(MiB, 0x61 + i), { flags });
    await Promise.all(Array.from({ length: 6 }, (_, i) => write(i)));
    const file = readFileSync(path());
    assert.equal(file.length, 6 * MiB);
    for (let i = 0; i < 6; i++)
      assert.ok(file.subarray(i * MiB, (i + 1) * MiB).every((byte) => byte === file[i * MiB]));
    for (const handle of handles) await v.release(nodeid, handle);
  });

  it('beyond 4 GiB, and far beyond what a file can be', async () => {
    await v.write(nodeid, fh, 5n * 2n ** 30n, 'far');
    assert.equal((await v.read(nodeid, fh, 5n * 2n ** 30n, 10)).toString(), 'far');
    assert.equal(statSync(path()).size, 5 * 2 ** 30 + 3);
    await assert.rejects(v.write(nodeid, fh, (1n << 63n) - 2n, 'xyz'), (error: { code: string }) =>
      ['EFBIG', 'EINVAL'].includes(error.code),
    );
    await assert.rejects(v.write(nodeid, fh, 1n << 63n, 'x'), { code: 'EINVAL' });
    await assert.rejects(v.write(nodeid, fh, 0xffff_ffff_ffff_ffffn, 'x'), { code: 'EINVAL' });
  });

  it('takes set-id bits away when the kernel asks for it', async () => {
    for (const [mode, expected] of [
      [0o6755, 0o755],
      [0o2745, 0o2745],
    ] as const) {
      await v.setattr(nodeid, { valid: 1, mode });
      await v.write(nodeid, fh, 0, 'x');
      assert.equal(statSync(path()).mode & 0o7777, mode);
      await v.write(nodeid, fh, 0, 'x', { write_flags: FUSE_WRITE_KILL_SUIDGID });
      assert.equal(statSync(path()).mode & 0o7777, expected, mode.toString(8));
    }
  });

  it('a failed write takes its payload off the lane', async () => {
    for (const size of [10, 100_000, MiB]) {
      await assert.rejects(v.write(nodeid, fh + (1n << 40n), 0, Buffer.alloc(size)), { code: 'EBADF' });
      assert.equal(await v.write(nodeid, fh, 0, 'goes on'), 7);
    }
  });

  for (const [what, members, length] of [
    ['announces more than it sends', { size: 11 }, 10],
    ['announces less than it sends', { size: 9 }, 10],
    ['is larger than a megabyte', { size: MiB + 1 }, MiB + 1],
  ] as const) {
    it(`ends the session when it ${what}`, async () => {
      const other = await Vfs.open();
      const reply = other.guest.ask('WRITE', {}, pack(fuse_write_in, { fh: 1, ...members }), Buffer.alloc(length));
      await assert.rejects(reply, { name: 'LaneClosed' });
      assert.match(await other.guest.ended, /^protocol violation: WRITE/);
      await other.close();
    });
  }
});

describe('READ and WRITE on a read-only share', () => {
  it('reads, refuses to write, and stays in step with the stream', async () => {
    const v = await Vfs.open({ readOnly: true });
    try {
      writeFileSync(v.guest.at('f'), 'text');
      const { nodeid } = await v.lookup(ROOT, 'f');
      const fh = await v.open(nodeid, 0);
      for (const size of [0, 4, 300_000, MiB]) {
        await assert.rejects(v.write(nodeid, fh, 0, Buffer.alloc(size)), { code: 'EROFS' });
        assert.equal((await v.read(nodeid, fh, 0, 10)).toString(), 'text');
      }
    } finally {
      await v.close();
    }
  });
});
