/** WRITE requests that go from /dev/fuse straight into the ring of a lane, and all that must not. */
import assert from 'node:assert/strict';
import { type FileHandle, mkdir, open, symlink } from 'node:fs/promises';
import { os } from '../../native/index.js';
import { Errno } from '../../protocol/errno.js';
import { FOPEN_NOFLUSH } from '../../protocol/fuse/flags.js';
import { Opcode } from '../../protocol/fuse/opcodes.js';
import { fuse_open_out, fuse_write_out } from '../../protocol/fuse/structs.js';
import { S_IFREG } from '../../protocol/linux.js';
import { OUT, raw, succeeds, u64, view } from './support/fixture.js';
import { type Lane, patterned } from './support/lanes.js';
import { RING, sharedPair } from './support/shared.js';
import { mountOrSkip, type Request, TinyFuse } from './support/tiny-fuse.js';

const HEADERS = 80;

describe('native: WRITE requests of a FUSE mount', () => {
  let fuse: TinyFuse;
  let ends: { host: Lane; guest: Lane };
  let file: FileHandle;

  before(function () {
    mountOrSkip(this);
  });
  beforeEach(async () => {
    fuse = new TinyFuse();
    ends = sharedPair(2 << 20);
    const opened = open(`${fuse.path}/file`, 'r+');
    fuse.reply(fuse.request().unique, 0, TinyFuse.attributes(2, 'entry', S_IFREG | 0o644));
    const out = Buffer.alloc(fuse_open_out.size);
    out.writeUInt32LE(FOPEN_NOFLUSH, fuse_open_out.at.open_flags);
    fuse.reply(fuse.request().unique, 0, out);
    file = await opened;
  });
  afterEach(async () => {
    fuse?.close();
    await file?.close();
    ends?.host.close();
    ends?.guest.close();
  });

  /** One look: bytes of a request that was read, and bytes that went to the lane. */
  function look(bulk = ends.guest, least = 0): { read: number; sent: number } {
    const result = u64(0, 0);
    succeeds(os.agentWait(fuse.fd, fuse.lane.id, bulk.id, least, OUT, (1 << 20) + 4096, 0, 0, result, 0, -1));
    return { read: view.getInt32(result, true), sent: view.getInt32(result + 8, true) };
  }
  /** Answers what comes before a WRITE: the kernel looks at a file's attributes first. */
  function untilWrite(bulk?: Lane, least?: number): { read: number; sent: number } {
    for (;;) {
      const found = look(bulk, least);
      const request = found.read > 0 ? fuse.parse(found.read) : undefined;
      if (request?.opcode === Opcode.GETATTR)
        fuse.reply(request.unique, 0, TinyFuse.attributes(2, 'attr', S_IFREG | 0o644));
      else if (request?.opcode === Opcode.GETXATTR) fuse.reply(request.unique, -Errno.ENODATA);
      else return found;
    }
  }
  function confirm(unique: bigint, size: number): void {
    const out = Buffer.alloc(fuse_write_out.size);
    out.writeUInt32LE(size);
    fuse.reply(unique, 0, out);
  }

  for (const size of [1, 4096, 100_000]) {
    it(`of ${size} bytes are on the lane, whole, and not with the caller`, async () => {
      const content = patterned(size);
      const written = file.write(content, 0, size, 4096);
      const { read, sent } = untilWrite();
      assert.deepEqual([read, sent], [0, HEADERS + size]);
      const message = Buffer.concat([...pieces(sent)]);
      assert.equal(message.readUInt32LE(0), HEADERS + size);
      assert.equal(message.readUInt32LE(4), Opcode.WRITE);
      assert.equal(message.readBigUInt64LE(48), 4096n);
      assert.ok(message.subarray(HEADERS).equals(content));
      confirm(message.readBigUInt64LE(8), size);
      assert.equal((await written).bytesWritten, size);
    });
  }
  function* pieces(length: number): Iterable<Buffer> {
    for (let left = length; left > 0; ) {
      const piece = ends.host.receive();
      left -= piece.length;
      yield piece;
    }
  }

  it('come the usual way while the ring has no room, or the lane an end, and on any other lane', async () => {
    const small = sharedPair(RING);
    const ended = sharedPair(2 << 20);
    os.laneShutdown(ended.guest.id);
    ends.guest.send(Buffer.alloc(1 << 20));
    for (const lane of [ends.guest, small.guest, ended.guest, fuse.lane]) {
      const written = file.write(patterned(5000, 3), 0, 5000, 0);
      const { read, sent } = untilWrite(lane);
      assert.deepEqual([read, sent], [HEADERS + 5000, 0]);
      const request: Request = fuse.parse(read);
      assert.ok(request.body.subarray(40).equals(patterned(5000, 3)));
      confirm(request.unique, 5000);
      await written;
    }
    for (const { host, guest } of [small, ended]) {
      host.close();
      guest.close();
    }
  });

  it('come the usual way, whole, if they are smaller than asked for', async () => {
    for (const [size, there] of [
      [4999, false],
      [5000, true],
    ] as const) {
      const written = file.write(patterned(size, 5), 0, size, 0);
      const { read, sent } = untilWrite(ends.guest, 5000);
      assert.deepEqual([read, sent], there ? [0, HEADERS + size] : [HEADERS + size, 0]);
      const message = there ? Buffer.concat([...pieces(sent)]) : undefined;
      const request = message === undefined ? fuse.parse(read) : undefined;
      assert.ok((message?.subarray(HEADERS) ?? request!.body.subarray(40)).equals(patterned(size, 5)));
      confirm(message?.readBigUInt64LE(8) ?? request!.unique, size);
      await written;
    }
  });

  it('keep their order behind messages that the lane keeps', async () => {
    for (let sent = 0; sent < 3; sent++) ends.guest.send(Buffer.alloc(1 << 20, sent));
    const written = file.write('x', 0);
    const { read } = untilWrite();
    os.laneSend(ends.guest.id, OUT, read);
    let all = 0;
    let last: Buffer = Buffer.alloc(0);
    while (all < (3 << 20) + read) {
      last = ends.host.receive();
      all += last.length;
      os.laneExchange(ends.guest.id, 0, 0, OUT, 0, 0);
    }
    assert.equal(last.at(-1), 'x'.charCodeAt(0));
    confirm(last.readBigUInt64LE(last.length - read + 8), 1);
    await written;
  });

  it('leave every other request whole, however long', async () => {
    const name = 'n'.repeat(255);
    const target = 't'.repeat(4000);
    const made = mkdir(`${fuse.path}/${name}`).catch((error) => error.code);
    const linked = symlink(target, `${fuse.path}/link`).catch((error) => error.code);
    const seen = new Map<number, string>();
    while (seen.size < 2) {
      const { read, sent } = look();
      assert.equal(sent, 0);
      const request = fuse.parse(read);
      if (request.opcode === Opcode.MKDIR || request.opcode === Opcode.SYMLINK)
        seen.set(request.opcode, request.body.toString('latin1'));
      fuse.reply(request.unique, request.opcode === Opcode.LOOKUP ? -Errno.ENOENT : -Errno.ENOSPC);
    }
    assert.equal(seen.get(Opcode.MKDIR)?.slice(8), `${name}\0`);
    assert.equal(seen.get(Opcode.SYMLINK), `link\0${target}\0`);
    assert.deepEqual(await Promise.all([made, linked]), ['ENOSPC', 'ENOSPC']);
    // Nothing of it is in the ring: the next message there is this one.
    os.laneSend(ends.guest.id, raw(Buffer.from('next')), 4);
    assert.equal(ends.host.receive().toString(), 'next');
  });
});
