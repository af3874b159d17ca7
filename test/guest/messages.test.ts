import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Errno } from '../../protocol/errno.js';
import { Notify, Opcode } from '../../protocol/fuse/opcodes.js';
import {
  fuse_attr_out,
  fuse_entry_out,
  fuse_notify_inval_entry_out,
  fuse_notify_inval_inode_out,
  fuse_open_out,
  fuse_read_in,
} from '../../protocol/fuse/structs.js';
import { Workshop } from './support/agent-process.js';
import { emptyRoot, notification, pack, type Request, reply } from './support/fake-fs.js';
import { describeUnless, obstacleToMounts } from './support/mountable.js';

const nameOf = ({ body }: Request) => body.toString('latin1', 0, body.indexOf(0));

describeUnless(obstacleToMounts(), 'messages', () => {
  let shop: Workshop;
  beforeEach(async () => {
    shop = await Workshop.open();
    await shop.agent();
  });
  afterEach(async () => await shop.close());

  const statistics = async () => {
    const body = await shop.daemon.ask({ type: 'statsRequest' });
    assert.ok(body.type === 'statsReply');
    return body.mounts[0]!;
  };

  it('puts replies together that arrive byte by byte', async () => {
    const point = await shop.mount();
    const lane = shop.daemon.lanes.get('meta')!;
    let last: Promise<void> = Promise.resolve();
    shop.daemon.answer = (request) => {
      const answer = emptyRoot(request);
      if (answer !== undefined) last = last.then(() => drip(answer));
      return undefined;
    };
    async function drip(bytes: Buffer): Promise<void> {
      for (const byte of bytes) {
        await new Promise((written) => lane.write(Buffer.of(byte), written));
        await new Promise(setImmediate);
      }
    }
    assert.ok((await stat(point)).isDirectory());
    await assert.rejects(stat(join(point, 'nothing')), { code: 'ENOENT' });
  });

  it('takes replies apart that arrive together', async () => {
    const point = await shop.mount();
    const held: Buffer[] = [];
    const callers = 8;
    shop.daemon.answer = (request) => {
      if (request.opcode !== Opcode.LOOKUP) return emptyRoot(request);
      held.push(reply(request.unique, Errno.EACCES));
      // The last one comes in two halves.
      return held.length === callers ? Buffer.concat(held).subarray(0, -8) : undefined;
    };
    const all = Array.from({ length: callers }, (_, index) => shop.stat(join(point, `name${index}`)));
    await shop.daemon.until('request', () => held.length === callers);
    shop.daemon.lanes.get('meta')!.write(held.at(-1)!.subarray(-8));
    for (const { ended } of all) assert.match((await ended).stderr, /Permission denied/);
  });

  it('passes an interruption on, and does not mind the reply that comes too late', async () => {
    const point = await shop.mount();
    const asked = shop.daemon.until('request', ({ opcode }) => opcode === Opcode.LOOKUP);
    const interrupted = shop.daemon.until('request', ({ opcode }) => opcode === Opcode.INTERRUPT);
    shop.daemon.answer = (request) => (request.opcode === Opcode.LOOKUP ? undefined : emptyRoot(request));
    const caller = shop.stat(join(point, 'slow'));
    const [lookup] = await asked;
    assert.equal(nameOf(lookup), 'slow');
    caller.child.kill('SIGINT');
    const [interruption, lane] = await interrupted;
    assert.deepEqual([interruption.body.readBigUInt64LE(), lane], [lookup.unique, 'meta']);
    const late = reply(lookup.unique, Errno.EINTR);
    shop.daemon.lanes.get('meta')!.write(Buffer.concat([late, late]));
    assert.equal((await caller.ended).signal, 'SIGINT');
    shop.daemon.answer = emptyRoot;
    assert.ok((await stat(point)).isDirectory());
  });

  it('answers EIO for a reply that the kernel refuses', async () => {
    const point = await shop.mount();
    shop.daemon.answer = (request) =>
      request.opcode === Opcode.LOOKUP ? reply(request.unique, 4095) : emptyRoot(request);
    await assert.rejects(stat(join(point, 'odd')), { code: 'EIO' });
    assert.ok((await stat(point)).isDirectory());
  });

  it('sends READ on the data lane and copies its reply from there', async () => {
    const content = Buffer.alloc(3 * 1024 * 1024 + 17, 'osmofs ');
    const lanes = new Set<string>();
    shop.daemon.answer = (request, lane) => {
      if (request.opcode === Opcode.READ) lanes.add(lane);
      return oneFile(request, content);
    };
    const point = await shop.mount();
    assert.ok((await readFile(join(point, 'file'))).equals(content));
    assert.deepEqual([...lanes], ['data']);
  });

  it('hands notifications to the kernel', async () => {
    const point = await shop.mount();
    const body = pack(fuse_notify_inval_inode_out, { ino: 1n, off: 0n, len: 0n });
    shop.daemon.lanes.get('meta')!.write(notification(Notify.INVAL_INODE, body));
    assert.ok((await stat(point)).isDirectory());
    assert.equal((await statistics()).notifications, 1);
  });

  it('goes on answering while a notification waits for a lock that a reply releases', async () => {
    const point = await shop.mount();
    const asked = shop.daemon.until('request', ({ opcode }) => opcode === Opcode.LOOKUP);
    shop.daemon.answer = (request) => (request.opcode === Opcode.LOOKUP ? undefined : emptyRoot(request));
    const caller = shop.stat(join(point, 'name'));
    const [lookup] = await asked;
    // The caller holds the lock of the directory until it has its answer.
    const name = Buffer.from('name\0');
    const entry = pack(fuse_notify_inval_entry_out, { parent: 1n, namelen: name.length - 1 });
    shop.daemon.lanes.get('meta')!.write(notification(Notify.INVAL_ENTRY, Buffer.concat([entry, name])));
    assert.ok((await stat(point)).isDirectory());
    shop.daemon.lanes.get('meta')!.write(reply(lookup.unique, Errno.ENOENT));
    assert.match((await caller.ended).stderr, /No such file/);
  });

  it('reads nothing of a lane but the answer to the hello', async () => {
    const body = pack(fuse_notify_inval_inode_out, { ino: 1n, off: 0n, len: 0n });
    shop.daemon.behindTheReply = notification(Notify.INVAL_INODE, body);
    await shop.mount();
    assert.equal((await statistics()).notifications, 1);
  });

  for (const [what, header] of [
    ['shorter than its header', Buffer.from([15, 0, 0, 0])],
    ['longer than agreed', Buffer.from([0, 0, 0x20, 0])],
  ] as const) {
    for (const lane of ['meta', 'data'] as const) {
      it(`ends the mount at a message on the ${lane} lane that is ${what}`, async () => {
        const point = await shop.mount();
        const end = shop.mountEnd();
        const closed = once(shop.daemon.lanes.get('meta')!, 'close');
        shop.daemon.lanes.get(lane)!.write(Buffer.concat([header, Buffer.alloc(12)]));
        assert.match(await end, /a message of an impossible length/);
        await closed;
        assert.deepEqual(shop.mounts(), []);
        assert.ok((await stat(point)).isDirectory());
        assert.deepEqual(await shop.daemon.ask({ type: 'ping' }), { type: 'pong' });
      });
    }
  }
});

const S_IFREG = 0o100000;

/** As `emptyRoot`, but there is a `file` that can be read. */
function oneFile(request: Request, content: Buffer): Buffer | undefined {
  const attr = { ino: 2, size: content.length, mode: S_IFREG | 0o644, nlink: 1, blksize: 4096 };
  const { opcode, nodeid, unique, body } = request;
  if (opcode === Opcode.LOOKUP && nameOf(request) === 'file')
    return reply(unique, 0, pack(fuse_entry_out, { nodeid: 2n, attr }));
  if (nodeid !== 2n) return emptyRoot(request);
  if (opcode === Opcode.GETATTR) return reply(unique, 0, pack(fuse_attr_out, { attr }));
  if (opcode === Opcode.OPEN) return reply(unique, 0, pack(fuse_open_out, { fh: 5 }));
  if (opcode === Opcode.READ) {
    assert.equal(body.length, fuse_read_in.size);
    const offset = Number(body.readBigUInt64LE(fuse_read_in.at.offset));
    return reply(unique, 0, content.subarray(offset, offset + body.readUInt32LE(fuse_read_in.at.size)));
  }
  if (opcode === Opcode.RELEASE || opcode === Opcode.FLUSH) return reply(unique, 0);
  return emptyRoot(request);
}
