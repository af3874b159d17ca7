/** Lanes in shared memory: the same requests, streams of any size, and a guest that writes over the memory. */
import assert from 'node:assert/strict';
import { randomFillSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import * as s from '../../protocol/fuse/structs.js';
import { O_RDWR } from '../../protocol/linux.js';
import { Random } from '../unit/protocol/random.js';
import { entriesOf } from './support/answers.js';
import { withoutLeak } from './support/descriptors.js';
import { inTime } from './support/eventually.js';
import { cstring, encode, pack, type Reply, unpack } from './support/message.js';
import { SharedGuest } from './support/shared-guest.js';
import { ROOT, Vfs } from './support/vfs.js';

const MiB = 1 << 20;
/** Where a ring's words are in the memory's first page: requests, then replies. */
const WORDS = { requestsWritten: 0, requestsRead: 128, repliesWritten: 256, repliesRead: 384 } as const;

describe('lanes in shared memory', () => {
  let guest: SharedGuest;
  let nodeid: bigint;
  let fh: bigint;
  beforeEach(async () => {
    guest = await SharedGuest.open();
    const fixed = pack(s.fuse_create_in, { flags: O_RDWR, mode: 0o644 });
    const { body } = await one('meta', encode('CREATE', guest.nextUnique(), {}, [fixed, cstring('f')]));
    nodeid = body.readBigUInt64LE(0);
    fh = body.readBigUInt64LE(s.fuse_entry_out.size);
  });

  async function one(lane: 'meta' | 'data', bytes: Uint8Array): Promise<Reply> {
    const { replies } = await guest.exchange({ lane, bytes, replies: 1 });
    return replies[0]!;
  }

  function write(offset: number, data: Uint8Array, flags = 0): Buffer {
    const fixed = pack(s.fuse_write_in, { fh, offset, size: data.length, flags });
    return encode('WRITE', guest.nextUnique(), { nodeid }, [fixed, data]);
  }

  function read(offset: number, size: number): Buffer {
    return encode('READ', guest.nextUnique(), { nodeid }, [pack(s.fuse_read_in, { fh, offset, size })]);
  }

  it('carry bulk data of every size, in order and unharmed, many times round the ring', async () => {
    const content = randomFillSync(Buffer.alloc(3 * MiB));
    const sizes = [1, 4095, 4096, 4097, 65_537, 131_072, 131_073, 500_000, MiB - 1, MiB];
    for (let round = 0; round < 3; round++) {
      for (const size of sizes) {
        const at = (size * 7 + round * 1000) % (2 * MiB);
        const { error, body } = await one('data', write(at, content.subarray(at, at + size)));
        assert.deepEqual([error, unpack(s.fuse_write_out, body).size], [0, size]);
        assert.ok((await one('data', read(at, size))).body.equals(content.subarray(at, at + size)), `${size} at ${at}`);
      }
    }
    assert.equal(await guest.close(), 'the guest closed the connection');
  });

  it('carry several megabytes in one go', async () => {
    const data = randomFillSync(Buffer.alloc(5 * MiB));
    const pieces: Buffer[] = [];
    let offset = 0;
    while (offset < data.length) {
      const size = Math.min(1 + ((offset * 31) % 300_000), data.length - offset);
      pieces.push(write(offset, data.subarray(offset, offset + size)));
      offset += size;
    }
    const { replies } = await guest.exchange({ lane: 'data', bytes: Buffer.concat(pieces), replies: pieces.length });
    assert.ok(replies.every(({ error }) => error === 0));
    assert.ok(readFileSync(`${guest.root}/f`).equals(data));
    const lookups = Array.from({ length: 20_000 }, () => encode('LOOKUP', guest.nextUnique(), {}, [cstring('f')]));
    const answers = await guest.exchange({ lane: 'meta', bytes: Buffer.concat(lookups), replies: lookups.length });
    assert.ok(answers.replies.every(({ error, body }) => error === 0 && body.readBigUInt64LE(0) === nodeid));
    await guest.close();
  });

  it('carry replies larger than the ring', async () => {
    const names = Array.from({ length: 2500 }, (_, i) => `${i}`.padEnd(200, '.'));
    for (const name of names) writeFileSync(`${guest.root}/${name}`, '');
    const opened = await one('meta', encode('OPENDIR', guest.nextUnique(), {}, [pack(s.fuse_open_in, {})]));
    const directory = opened.body.readBigUInt64LE(0);
    const listing = pack(s.fuse_read_in, { fh: directory, size: MiB });
    const asked = Array.from({ length: 12 }, () => encode('READDIR', guest.nextUnique(), {}, [listing]));
    const { replies } = await guest.exchange({ lane: 'meta', bytes: Buffer.concat(asked), replies: asked.length });
    for (const { body } of replies) assert.equal(entriesOf(body).length, names.length + 3);
    await guest.close();
  });

  it('append as one, fail as one', async () => {
    writeFileSync(`${guest.root}/f`, 'before.');
    assert.equal((await one('data', write(0, Buffer.alloc(MiB, 'a'), 0o2001))).error, 0);
    assert.equal(readFileSync(`${guest.root}/f`).length, 7 + MiB);
    fh += 1n << 40n;
    for (const size of [10, 200_000, MiB]) assert.equal((await one('data', write(0, Buffer.alloc(size)))).error, 9);
    assert.equal((await one('data', read(0, 10))).error, 9);
    await guest.close();
  });

  it('give everything back at their end', async () => {
    await guest.close();
    await withoutLeak(async () => {
      guest = await SharedGuest.open();
      await one('meta', encode('LOOKUP', guest.nextUnique(), {}, [cstring('x')]));
      await guest.close();
    });
  });

  for (const [what, lane, offset] of [
    ['more requests than there can be', 'meta', WORDS.requestsWritten],
    ['more bulk than there can be', 'data', WORDS.requestsWritten],
    ['that it has read what was never written', 'meta', WORDS.repliesRead],
    ['that it has read bulk that was never written', 'data', WORDS.repliesRead],
  ] as const) {
    it(`a guest that claims ${what} ends its session, and no other`, async () => {
      const other = await Vfs.open();
      const spoil = Buffer.alloc(8);
      spoil.writeBigUInt64LE(1n << 62n);
      await guest.corrupt({ lane, offset, spoil });
      // The lie about the replies is found out with the next of them.
      if (offset === WORDS.repliesRead) {
        const bytes =
          lane === 'data' ? read(0, MiB) : encode('GETATTR', guest.nextUnique(), { nodeid }, [Buffer.alloc(16)]);
        await guest.exchange({ lane, bytes, replies: 0 });
      }
      assert.match(await inTime('the end', guest.ended), /EPROTO/);
      await other.create(ROOT, 'works');
      await other.close();
      await guest.close();
    });
  }

  it('a guest that writes noise over the memory ends its session at worst', async () => {
    await guest.close();
    const random = new Random(20_261_122);
    const other = await Vfs.open();
    await withoutLeak(async () => {
      for (let round = 0; round < 12; round++) {
        guest = await SharedGuest.open();
        for (let i = 0; i < 20; i++) {
          const lane = random.pick(['meta', 'data'] as const);
          const offset = random.below(2) === 0 ? random.below(512) : random.below(16 * MiB);
          const spoil = Buffer.from(Array.from({ length: 1 + random.below(64) }, () => random.below(256)));
          await guest.corrupt({ lane, offset, spoil });
        }
        await other.getattr(ROOT);
        await guest.close();
      }
    });
    assert.deepEqual(await other.names(ROOT), []);
    await other.close();
  });
});
