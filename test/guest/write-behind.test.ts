/** The agent gathers writes on a mount whose daemon lets it: what comes to the daemon when, and what is said of what it refuses. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OWN_REQUEST } from '../../protocol/behind.js';
import { Errno } from '../../protocol/errno.js';
import { Opcode, opcodeName } from '../../protocol/fuse/opcodes.js';
import {
  fuse_attr_out,
  fuse_entry_out,
  fuse_open_out,
  fuse_write_in,
  fuse_write_out,
} from '../../protocol/fuse/structs.js';
import { S_IFREG } from '../../protocol/linux.js';
import { Workshop } from './support/agent-process.js';
import { emptyRoot, pack, type Request, reply } from './support/fake-fs.js';
import { describeUnless, obstacleToMounts } from './support/mountable.js';

const PROGRAM = fileURLToPath(new URL('./support/file-calls.js', import.meta.url));
const OWN = BigInt(OWN_REQUEST) << 32n;

describeUnless(obstacleToMounts(), 'writing behind', () => {
  let shop: Workshop;
  /** what came for the file, WRITEs of the agent's own in capitals with a star and what they have */
  let seen: string[];
  /** what the daemon says to a WRITE of the agent's own; undefined: nothing, ever */
  let answer: number | undefined;
  beforeEach(async () => {
    shop = await Workshop.open();
    await shop.agent();
    seen = [];
    answer = 0;
    shop.daemon.answer = (request) => {
      const own = (request.unique & OWN) !== 0n;
      if (request.nodeid === 2n) seen.push(`${opcodeName(request.opcode)}${own ? `* ${payload(request)}` : ''}`);
      if (!own || request.opcode !== Opcode.WRITE) return oneFile(request);
      return answer === undefined ? undefined : answered(request, answer);
    };
  });
  afterEach(async () => await shop.close());

  /** Results of system calls on the file, made by another process. */
  async function calls(point: string, ...list: string[]): Promise<string[]> {
    const child = shop.run(process.execPath, [PROGRAM, join(point, 'file'), ...list]);
    let stdout = '';
    child.stdout!.on('data', (text) => {
      stdout += text;
    });
    await new Promise((resolve) => child.once('close', resolve));
    return JSON.parse(stdout) as string[];
  }
  const drain = async (mountId = 1) => {
    const body = await shop.daemon.ask({ type: 'drain', mountId });
    assert.ok(body.type === 'drainReply');
    assert.equal(body.mountId, mountId);
    return body;
  };
  const of = (...names: string[]) => seen.filter((each) => names.includes(each.split('*')[0]!));
  const three = ['open', 'write', 'write', 'write'];

  it('three writes are one, before the close', async () => {
    const point = await shop.mount(1, { writeBehind: true });
    assert.deepEqual(await calls(point, ...three, 'close'), ['ok', 'ok', 'ok', 'ok', 'ok']);
    const writes = of('WRITE').map((each) => each.slice('WRITE* '.length));
    // A machine that is busy may let the moment pass in between; nothing is lost or doubled then.
    assert.equal(writes.join(''), 'contentcontentcontent');
    assert.ok(seen.indexOf('FLUSH') > seen.findLastIndex((each) => each.startsWith('WRITE*')), seen.join(', '));
  });

  it('where it is not granted, each write is the daemon’s', async () => {
    await calls(await shop.mount(1), ...three, 'close');
    assert.deepEqual(of('WRITE'), ['WRITE', 'WRITE', 'WRITE']);
  });

  it('what the daemon cannot write is an error of close, which the daemon hears of, and of a drain, once', async () => {
    answer = Errno.ENOSPC;
    const point = await shop.mount(1, { writeBehind: true });
    assert.deepEqual(await calls(point, 'open', 'write', 'close'), ['ok', 'ok', 'ENOSPC']);
    assert.deepEqual(of('FLUSH').length, 1);
    const { errno, message } = await drain();
    assert.deepEqual([errno, /no space left/.test(message)], [Errno.ENOSPC, true]);
    assert.equal((await drain()).errno, 0);
  });

  it('what the daemon cannot write is an error of fsync, once, and the daemon is not asked for one', async () => {
    answer = Errno.EDQUOT;
    const point = await shop.mount(1, { writeBehind: true });
    assert.deepEqual(await calls(point, 'open', 'write', 'fsync', 'fsync', 'close'), [
      'ok',
      'ok',
      'EDQUOT',
      'ok',
      'ok',
    ]);
    assert.equal(of('FSYNC').length, 1);
    assert.equal((await drain()).errno, 0);
  });

  it('a drain of a mount that writes nothing behind, or that is not there', async () => {
    await shop.mount(1);
    assert.equal((await drain()).errno, 0);
    assert.equal((await drain(7)).errno, Errno.ENOENT);
  });

  it('an agent whose daemon goes away in the middle ends as always', async () => {
    answer = undefined;
    const point = await shop.mount(1, { writeBehind: true });
    const waiting = calls(point, 'open', 'write', 'close');
    await shop.daemon.until('request', (request) => (request.unique & OWN) !== 0n);
    await shop.daemon.close();
    assert.deepEqual((await waiting).slice(0, 2), ['ok', 'ok']);
    assert.notEqual((await waiting)[2], 'ok', 'what was not written is not said to be');
  });
});

function payload({ opcode, body }: Request): string {
  return opcode === Opcode.WRITE ? body.toString('latin1', fuse_write_in.size) : '';
}

/** Of a WRITE: it is written, or it is not. */
function answered({ unique, body }: Request, errno: number): Buffer {
  if (errno !== 0) return reply(unique, errno);
  return reply(unique, 0, pack(fuse_write_out, { size: body.readUInt32LE(fuse_write_in.at.size) }));
}

function oneFile(request: Request): Buffer | undefined {
  const { opcode, unique, nodeid } = request;
  const attr = { ino: 2, mode: S_IFREG | 0o644, nlink: 1, blksize: 4096 };
  if (opcode === Opcode.LOOKUP) return reply(unique, 0, pack(fuse_entry_out, { nodeid: 2n, attr }));
  if (nodeid !== 2n) return emptyRoot(request);
  if (opcode === Opcode.GETATTR) return reply(unique, 0, pack(fuse_attr_out, { attr }));
  if (opcode === Opcode.OPEN) return reply(unique, 0, pack(fuse_open_out, { fh: 5n }));
  if (opcode === Opcode.WRITE) return answered(request, 0);
  const empty: readonly number[] = [Opcode.FLUSH, Opcode.FSYNC, Opcode.RELEASE];
  return empty.includes(opcode) ? reply(unique, 0) : emptyRoot(request);
}
