import assert from 'node:assert/strict';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Mount } from '../../protocol/control.js';
import { Errno } from '../../protocol/errno.js';
import { InitFlag } from '../../protocol/fuse/flags.js';
import { Opcode, opcodeName } from '../../protocol/fuse/opcodes.js';
import {
  fuse_attr_out,
  fuse_entry_out,
  fuse_getxattr_in,
  fuse_init_out,
  fuse_open_out,
  fuse_out_header,
  fuse_setxattr_in,
  fuse_write_in,
  fuse_write_out,
} from '../../protocol/fuse/structs.js';
import { refuseXattrName } from '../../protocol/xattr-policy.js';
import { Workshop } from './support/agent-process.js';
import { emptyRoot, pack, type Request, reply } from './support/fake-fs.js';
import { describeUnless, obstacleToMounts } from './support/mountable.js';

const PROGRAM = fileURLToPath(new URL('./support/file-calls.js', import.meta.url));
const everything: Partial<Mount> = { userXattrsOnly: true, flushForLocksOnly: true };

describeUnless(obstacleToMounts(), 'local answers', () => {
  let shop: Workshop;
  /** what came to the daemon for the file, by name; of attributes with theirs */
  let seen: string[];
  beforeEach(async () => {
    shop = await Workshop.open();
    await shop.agent();
    seen = [];
    let handle = 0n;
    shop.daemon.answer = (request) => {
      if (request.nodeid === 2n) seen.push(describeRequest(request));
      return oneFile(request, () => ++handle);
    };
  });
  afterEach(async () => await shop.close());

  /** Results of system calls on the file, made by another process. */
  async function calls(point: string, ...list: string[]): Promise<string[]> {
    const child = shop.run(process.execPath, [PROGRAM, join(point, 'file'), ...list]);
    let [stdout, stderr] = ['', ''];
    child.stdout!.on('data', (text) => {
      stdout += text;
    });
    child.stderr!.on('data', (text) => {
      stderr += text;
    });
    await new Promise((resolve) => child.once('close', resolve));
    assert.equal(stderr, '');
    return JSON.parse(stdout) as string[];
  }

  const count = (what: string) => seen.filter((name) => name === what).length;
  /** The kernel does not wait for the answer to RELEASE. */
  async function released(times: number): Promise<void> {
    if (count('RELEASE') < times) await shop.daemon.until('request', () => count('RELEASE') === times);
  }
  /** On the metadata lane, in order. */
  const afterLock = () => {
    const lock = seen.findIndex((name) => name.startsWith('SETLK'));
    return seen.slice(lock + 1).filter((name) => ['OPEN', 'FLUSH', 'RELEASE'].includes(name));
  };
  const answered = async () => {
    const body = await shop.daemon.ask({ type: 'statsRequest' });
    assert.ok(body.type === 'statsReply');
    return body.mounts[0]!.answered;
  };

  const attributes = ['getxattr', 'setxattr', 'removexattr'].flatMap((call) => [
    `${call}=security.x`,
    `${call}=trusted.x`,
    `${call}=user.x`,
  ]);
  const results = [
    'EOPNOTSUPP',
    'EOPNOTSUPP',
    'ENODATA',
    'EOPNOTSUPP',
    'EOPNOTSUPP',
    'ok',
    'EOPNOTSUPP',
    'EOPNOTSUPP',
    'ok',
  ];

  for (const extended of [false, true]) {
    it(`attributes: only user.* reach the daemon${extended ? ', whose SETXATTR is the longer one' : ''}`, async () => {
      const answer = shop.daemon.answer;
      shop.daemon.answer = (request, lane) => offer(answer(request, lane), request, extended);
      assert.deepEqual(await calls(await shop.mount(1, everything), ...attributes), results);
      assert.deepEqual(
        seen.filter((name) => name.includes('XATTR')),
        ['GETXATTR user.x', 'SETXATTR user.x', 'REMOVEXATTR user.x'],
      );
      assert.equal(await answered(), 6);
    });
  }

  it('attributes: all reach a daemon that has not granted it, with the same results', async () => {
    assert.deepEqual(await calls(await shop.mount(1, { flushForLocksOnly: true }), ...attributes), results);
    assert.equal(seen.filter((name) => name.includes('XATTR')).length, attributes.length);
    assert.equal(await answered(), 0);
  });

  it('a file that is written and closed costs no question for its capabilities and no FLUSH', async () => {
    assert.deepEqual(await calls(await shop.mount(1, everything), 'open', 'write', 'close'), ['ok', 'ok', 'ok']);
    await released(1);
    assert.deepEqual([count('OPEN'), count('WRITE'), count('RELEASE'), count('FLUSH')], [1, 1, 1, 0]);
    assert.ok(!seen.some((name) => name.includes('XATTR')));
    assert.ok((await answered()) >= 1);
  });

  it('FLUSH reaches a daemon that has not granted it', async () => {
    await calls(await shop.mount(1, { userXattrsOnly: true }), 'open', 'write', 'close', 'open', 'close');
    assert.equal(count('FLUSH'), 2);
  });

  for (const lock of ['lock', 'flock', 'ofd', 'unlock']) {
    it(`FLUSH reaches the daemon from a lock request (${lock}) to the end of its handle`, async () => {
      const point = await shop.mount(1, everything);
      await calls(point, 'open', 'close', 'open', 'write');
      assert.equal(count('FLUSH'), 0);
      // Both handles are of the locked file.
      assert.ok((await calls(point, 'open', lock, 'open', 'close', 'close')).every((result) => result === 'ok'));
      await released(4);
      assert.deepEqual(afterLock(), ['OPEN', 'FLUSH', 'RELEASE', 'FLUSH', 'RELEASE']);
      seen.length = 0;
      await calls(point, 'open', 'write', 'close');
      assert.equal(count('FLUSH'), 0);
    });
  }

  it('FLUSH reaches the daemon from a process that ends with its lock', async () => {
    await calls(await shop.mount(1, everything), 'open', 'lock');
    await released(1);
    assert.deepEqual(afterLock(), ['FLUSH', 'RELEASE']);
  });
});

const S_IFREG = 0o100000;
const attr = { ino: 2, mode: S_IFREG | 0o644, nlink: 1, blksize: 4096 };

/** As `emptyRoot`, but there is a `file` that takes everything and keeps nothing, as our daemon would. */
function oneFile(request: Request, newHandle: () => bigint): Buffer | undefined {
  const { opcode, nodeid, unique, body } = request;
  if (opcode === Opcode.INIT) return offer(emptyRoot(request), request, false);
  if (opcode === Opcode.LOOKUP && textAt(body, 0) === 'file')
    return reply(unique, 0, pack(fuse_entry_out, { nodeid: 2n, attr }));
  if (nodeid !== 2n) return emptyRoot(request);
  switch (opcode) {
    case Opcode.GETATTR:
    case Opcode.SETATTR:
      return reply(unique, 0, pack(fuse_attr_out, { attr }));
    case Opcode.OPEN:
      return reply(unique, 0, pack(fuse_open_out, { fh: newHandle() }));
    case Opcode.WRITE:
      return reply(unique, 0, pack(fuse_write_out, { size: body.length - fuse_write_in.size }));
    case Opcode.GETXATTR:
    case Opcode.SETXATTR:
    case Opcode.REMOVEXATTR: {
      const name = Buffer.from(attributeOf(request));
      const refused = refuseXattrName(name, 0, name.length);
      return reply(unique, refused < 0 ? -refused : opcode === Opcode.GETXATTR ? Errno.ENODATA : 0);
    }
    case Opcode.FLUSH:
    case Opcode.RELEASE:
    case Opcode.SETLK:
    case Opcode.SETLKW:
      return reply(unique, 0);
    default:
      return emptyRoot(request);
  }
}

/** The answer to INIT with locks in it, and perhaps the longer SETXATTR; any other as it is. */
function offer(answer: Buffer | undefined, { opcode }: Request, extended: boolean): Buffer | undefined {
  if (answer === undefined || opcode !== Opcode.INIT) return answer;
  const at = fuse_out_header.size + fuse_init_out.at.flags;
  const locks = (1 << InitFlag.FUSE_POSIX_LOCKS) | (1 << InitFlag.FUSE_FLOCK_LOCKS);
  const more = extended ? 1 << InitFlag.FUSE_SETXATTR_EXT : 0;
  answer.writeUInt32LE((answer.readUInt32LE(at) | locks | more) >>> 0, at);
  return answer;
}

function describeRequest(request: Request): string {
  const name = opcodeName(request.opcode);
  return name.includes('XATTR') ? `${name} ${attributeOf(request)}` : name;
}

function attributeOf({ opcode, body }: Request): string {
  if (opcode === Opcode.REMOVEXATTR) return textAt(body, 0);
  if (opcode === Opcode.GETXATTR) return textAt(body, fuse_getxattr_in.size);
  // Of 8 bytes or of 16: no name starts with a NUL.
  return textAt(body, 8) || textAt(body, fuse_setxattr_in.size);
}

function textAt(body: Buffer, at: number): string {
  return body.toString('latin1', at, body.indexOf(0, at));
}
