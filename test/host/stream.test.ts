/** The metadata lane as a stream: requests cut anywhere, in great numbers, with replies of every size. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fuse_getattr_in, fuse_getxattr_in, fuse_read_in } from '../../protocol/fuse/structs.js';
import { entriesOf, entryOf } from './support/answers.js';
import { eventually, inTime } from './support/eventually.js';
import { cstring, encode, pack, type Reply } from './support/message.js';
import { ROOT, Vfs } from './support/vfs.js';

describe('the metadata lane as a stream', () => {
  let v: Vfs;
  const names = Array.from({ length: 120 }, (_, i) => `${i}-${'n'.repeat((i * 13) % 240)}`);
  before(async () => {
    v = await Vfs.open();
    for (const name of names) writeFileSync(v.guest.at(name), name);
  });
  after(() => v.close());

  interface Sent {
    readonly bytes: Buffer;
    readonly reply: Promise<Reply>;
  }

  function lookup(name: string): Sent {
    const unique = v.guest.nextUnique();
    return { bytes: encode('LOOKUP', unique, {}, [cstring(name)]), reply: v.guest.meta.reply(unique) };
  }

  async function assertFound(sent: readonly { reply: Promise<Reply> }[], asked: readonly string[]): Promise<void> {
    const replies = await inTime('all replies', Promise.all(sent.map(({ reply }) => reply)));
    for (const [i, { error, body }] of replies.entries()) {
      assert.equal(error, 0);
      assert.equal(entryOf(body).size, BigInt(asked[i]!.length));
    }
  }

  it('requests may be cut anywhere', async () => {
    const asked = names.slice(0, 6);
    const length = Buffer.concat(asked.map((name) => lookup(name).bytes)).length;
    for (let cut = 1; cut < length; cut++) {
      const sent = asked.map(lookup);
      const stream = Buffer.concat(sent.map(({ bytes }) => bytes));
      v.guest.meta.send(stream.subarray(0, cut));
      // A turn through the other lane, so that this one has looked in between.
      await v.guest.ask('READ', {}, pack(fuse_read_in, {}));
      v.guest.meta.send(stream.subarray(cut));
      await assertFound(sent, asked);
    }
  });

  it('and byte by byte', async () => {
    const sent = names.slice(0, 3).map(lookup);
    for (const byte of Buffer.concat(sent.map(({ bytes }) => bytes))) v.guest.meta.send(Buffer.of(byte));
    await assertFound(sent, names.slice(0, 3));
  });

  it('several megabytes of requests in one go are answered each, in order', async () => {
    const asked = Array.from({ length: 30_000 }, (_, i) => names[i % names.length]!);
    const order: bigint[] = [];
    const sent = asked.map((name) => {
      const one = lookup(name);
      void one.reply.then(({ unique }) => order.push(unique));
      return one;
    });
    v.guest.meta.send(Buffer.concat(sent.map(({ bytes }) => bytes)));
    await assertFound(sent, asked);
    assert.ok(order.every((unique, i) => i === 0 || unique > order[i - 1]!));
  });

  it('large and small replies to one batch of requests all arrive', async () => {
    mkdirSync(v.guest.at('many'));
    const many = Array.from({ length: 2500 }, (_, i) => `${i}`.padEnd(200, '.'));
    for (const name of many) writeFileSync(v.guest.at(`many/${name}`), '');
    const { nodeid } = await v.lookup(ROOT, 'many');
    const fh = await v.opendir(nodeid);
    const requests: Sent[] = [];
    const ask = (opcode: 'READDIR' | 'GETATTR', ...body: Buffer[]) => {
      const unique = v.guest.nextUnique();
      requests.push({ bytes: encode(opcode, unique, { nodeid }, body), reply: v.guest.meta.reply(unique) });
    };
    for (let i = 0; i < 40; i++) {
      ask('READDIR', pack(fuse_read_in, { fh, size: i % 4 === 3 ? 1 << 20 : 60_000 + i * 8 }));
      for (let j = 0; j < i; j++) ask('GETATTR', pack(fuse_getattr_in, {}));
    }
    v.guest.meta.send(Buffer.concat(requests.map(({ bytes }) => bytes)));
    for (const { error, body } of await inTime('all replies', Promise.all(requests.map(({ reply }) => reply)))) {
      assert.equal(error, 0);
      if (body.length > 104 && body.length < 100_000) assert.ok(entriesOf(body).length > 200);
    }
    await v.releasedir(nodeid, fh);
  });

  it('a guest that does not read its replies gets them later, and holds up no other guest', async () => {
    await v.setxattr(ROOT, 'user.large', Buffer.alloc(3000, 'v'));
    const other = await Vfs.open();
    v.guest.meta.pause();
    const sent = Array.from({ length: 20_000 }, () => {
      const unique = v.guest.nextUnique();
      const body = [pack(fuse_getxattr_in, { size: 65_536 }), cstring('user.large')];
      return { bytes: encode('GETXATTR', unique, {}, body), reply: v.guest.meta.reply(unique) };
    });
    v.guest.meta.send(Buffer.concat(sent.map(({ bytes }) => bytes)));
    for (let i = 0; i < 200; i++) await other.getattr(ROOT);
    v.guest.meta.resume();
    for (const { error, body } of await inTime('all replies', Promise.all(sent.map(({ reply }) => reply))))
      assert.deepEqual([error, body.length], [0, 3000]);
    await other.close();
  });

  it('a guest that does not read its replies can be ended', async () => {
    const other = await Vfs.open();
    const { nodeid, fh } = await other.create(ROOT, 'f');
    await other.write(nodeid, fh, 0, Buffer.alloc(1 << 20));
    await other.setxattr(ROOT, 'user.large', Buffer.alloc(3000));
    other.guest.meta.pause();
    other.guest.data.pause();
    const attribute = [pack(fuse_getxattr_in, { size: 65_536 }), cstring('user.large')];
    const megabyte = [pack(fuse_read_in, { fh, size: 1 << 20 })];
    for (let i = 1; i <= 20_000; i++) other.guest.meta.send(encode('GETXATTR', BigInt(i), {}, attribute));
    for (let i = 1; i <= 60; i++) other.guest.data.send(encode('READ', BigInt(i), {}, megabyte));
    // Both lanes have taken on what they will: more than they may keep is waiting for somebody who reads.
    await eventually('both lanes are busy', async () => {
      const { requests } = await other.guest.served.statistics();
      return (requests.READ ?? 0) > 0 && (requests.GETXATTR ?? 0) > 4000;
    });
    assert.equal(await other.guest.endFromHost('no more'), 'no more');
    await other.close();
  });

  for (const [what, bytes] of [
    ['shorter than a header', Buffer.from([39, 0, 0, 0])],
    ['of no length', Buffer.alloc(40)],
    ['longer than any', Buffer.from([0x01, 0x10, 0x10, 0x00])],
    ['of four gigabytes', Buffer.from([0xff, 0xff, 0xff, 0xff])],
  ] as const) {
    it(`a message ${what} ends the session with a reason, and no other session`, async () => {
      for (const lane of ['meta', 'data'] as const) {
        const other = await Vfs.open();
        other.guest[lane].send(Buffer.concat([bytes, Buffer.alloc(40)]));
        assert.match(await inTime('the end', other.guest.ended), /^protocol violation: a message of \d+ bytes$/);
        await Promise.all([other.guest.meta.closed, other.guest.data.closed]);
        await v.getattr(ROOT);
        await other.close();
      }
    });
  }
});
