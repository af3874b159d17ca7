/** Names that change what they mean between two requests, and between two system calls of one. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import * as s from '../../../protocol/fuse/structs.js';
import { entryOf } from '../support/answers.js';
import { mkfifoSync } from '../support/host-files.js';
import { cstring, pack, type Reply } from '../support/message.js';
import { Secret } from '../support/secret.js';
import { Swapper } from '../support/swapper.js';
import { ROOT, Vfs } from '../support/vfs.js';

/** Rounds of requests while the names are exchanged. */
const ROUNDS = Number(process.env.OSMOFS_RACE_ROUNDS ?? 300);

describe('names exchanged while requests run', () => {
  let v: Vfs;
  let secret: Secret;
  let swapper: Swapper;
  before(() => {
    swapper = new Swapper();
  });
  beforeEach(async () => {
    v = await Vfs.open();
    secret = new Secret(`${v.guest.beside}/secret`);
  });
  afterEach(() => v.close());
  after(() => swapper.end());

  /** Asks all at once; errors are answers too. What is told is checked for the secret. */
  async function askAll(asked: readonly Promise<Reply>[]): Promise<Reply[]> {
    const got = await Promise.all(asked);
    for (const { body } of got) secret.assertNotIn(body, 'a reply');
    return got;
  }
  const nodeOf = ({ error, body }: Pick<Reply, 'error' | 'body'>) => (error === 0 ? body.readBigUInt64LE(0) : 0n);

  /** Every operation on a directory node and on a name in it; each reply's error, by operation. */
  function useDirectory(nodeid: bigint, isDirectory: boolean, round: number): Promise<Reply>[] {
    const ask = (opcode: Parameters<typeof v.guest.ask>[0], ...body: Buffer[]) =>
      v.guest.ask(opcode, { nodeid }, ...body);
    return [
      ask('LOOKUP', cstring('f')),
      ask('LOOKUP', cstring('sub')),
      ask('GETATTR', Buffer.alloc(16)),
      ask('CREATE', pack(s.fuse_create_in, { flags: 2, mode: 0o644 }), cstring(`made-${round}`)),
      ask('MKDIR', pack(s.fuse_mkdir_in, { mode: 0o755 }), cstring(`made-dir-${round}`)),
      ask('SYMLINK', cstring(`made-link-${round}`), cstring('x')),
      ask('CREATE', pack(s.fuse_create_in, { flags: 2 | 0o1000, mode: 0o644 }), cstring('f')),
      ask('UNLINK', cstring('f')),
      ask('RMDIR', cstring('sub')),
      // No kernel sends it for a node that is no directory: it would end the session.
      ...(isDirectory
        ? [ask('RENAME', pack(s.fuse_rename_in, { newdir: nodeid }), cstring('f'), cstring('stolen'))]
        : []),
      ask('SETATTR', pack(s.fuse_setattr_in, { valid: 1, mode: 0o777 })),
      ask('SETXATTR', pack(s.fuse_setxattr_in, { size: 1 }), cstring('user.x'), Buffer.from('y')),
      ask('OPENDIR', pack(s.fuse_open_in, {})),
      ask('READLINK'),
    ];
  }

  it('a directory and a symlink to a directory outside', async () => {
    mkdirSync(v.guest.at('swap/sub'), { recursive: true });
    symlinkSync('../secret', v.guest.at('link'));
    const known = (await v.lookup(ROOT, 'swap')).nodeid;
    const links = new Set<bigint>();
    await swapper.during(v.guest.at('swap'), v.guest.at('link'), async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const asked = ['swap', 'link'].map((name) => v.guest.ask('LOOKUP', {}, cstring(name)));
        const found = (await askAll(asked)).filter(({ error }) => error === 0);
        const nodes = found.map(nodeOf);
        for (const { body } of found) if (entryOf(body).mode >> 12 === 0o12) links.add(nodeOf({ error: 0, body }));
        const answers = await askAll(
          [known, ...nodes].flatMap((nodeid) => useDirectory(nodeid, !links.has(nodeid), round)),
        );
        for (const { error, body } of answers.filter((reply) => reply.error === 0 && reply.body.length === 16)) {
          assert.equal(error, 0);
          const fh = body.readBigUInt64LE(0);
          for (const nodeid of nodes)
            await askAll([v.guest.ask('READDIR', { nodeid }, pack(s.fuse_read_in, { fh, size: 4096 }))]);
          await v.guest.ask('RELEASEDIR', {}, pack(s.fuse_release_in, { fh }));
        }
      }
    });
    secret.assertUntouched();
    assert.deepEqual(secret.names(), ['f', 'link', 'sub', 'sub/g']);
    assert.ok(readdirSync(v.guest.at('swap')).length > 0, 'nothing ever came about');
    assert.deepEqual(v.guest.log, []);
  });

  it('a file and a symlink to a file outside', async () => {
    writeFileSync(v.guest.at('swap'), 'not secret');
    symlinkSync('../secret/f', v.guest.at('link'));
    const known = (await v.lookup(ROOT, 'swap')).nodeid;
    let opened = 0;
    await swapper.during(v.guest.at('swap'), v.guest.at('link'), async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const found = await askAll(['swap', 'link'].map((name) => v.guest.ask('LOOKUP', {}, cstring(name))));
        const nodes = [known, ...found.map(nodeOf).filter((nodeid) => nodeid !== 0n)];
        const asked = nodes.flatMap((nodeid) => [
          v.guest.ask('OPEN', { nodeid }, pack(s.fuse_open_in, { flags: 2 })),
          v.guest.ask('OPEN', { nodeid }, pack(s.fuse_open_in, { flags: 0o1000 })),
          v.guest.ask('SETATTR', { nodeid }, pack(s.fuse_setattr_in, { valid: 9, size: 0, mode: 0o666 })),
          v.guest.ask('LINK', {}, pack(s.fuse_link_in, { oldnodeid: nodeid }), cstring(`hard-${round}`)),
          v.guest.ask('CREATE', {}, pack(s.fuse_create_in, { flags: 2, mode: 0o644 }), cstring('swap')),
        ]);
        for (const { error, body } of await askAll(asked)) {
          if (error !== 0 || (body.length !== 16 && body.length !== 144)) continue;
          opened++;
          const fh = body.readBigUInt64LE(body.length - 16);
          await askAll([v.guest.ask('READ', {}, pack(s.fuse_read_in, { fh, size: 100 }))]);
          await v.guest.ask('WRITE', {}, pack(s.fuse_write_in, { fh, size: 4 }), Buffer.from('over'));
          await v.guest.ask('RELEASE', {}, pack(s.fuse_release_in, { fh }));
        }
      }
    });
    secret.assertUntouched();
    assert.ok(opened > 0, 'the file was never opened');
  });

  it('a file and a FIFO: nothing waits for somebody at its other end', async () => {
    writeFileSync(v.guest.at('swap'), 'text');
    mkfifoSync(v.guest.at('fifo'));
    const known = (await v.lookup(ROOT, 'swap')).nodeid;
    await swapper.during(v.guest.at('swap'), v.guest.at('fifo'), async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const found = await askAll(['swap', 'fifo'].map((name) => v.guest.ask('LOOKUP', {}, cstring(name))));
        const nodes = [known, ...found.map(nodeOf).filter((nodeid) => nodeid !== 0n)];
        for (const { error, body } of await askAll(
          nodes.flatMap((nodeid) => [
            ...[0, 1, 2, 0o1001].map((flags) => v.guest.ask('OPEN', { nodeid }, pack(s.fuse_open_in, { flags }))),
            ...[0, 1, 2].map((flags) =>
              v.guest.ask('CREATE', {}, pack(s.fuse_create_in, { flags, mode: 0o644 }), cstring('swap')),
            ),
            v.guest.ask('SETATTR', { nodeid }, pack(s.fuse_setattr_in, { valid: 8, size: 1 })),
          ]),
        )) {
          if (error !== 0 || (body.length !== 16 && body.length !== 144)) continue;
          const fh = body.readBigUInt64LE(body.length - 16);
          await v.guest.ask('RELEASE', {}, pack(s.fuse_release_in, { fh }));
        }
      }
    });
    assert.equal((await v.guest.statistics()).handles, 0);
  });

  it('a directory of the share and one outside it: what is outside is never reached once it is there', async () => {
    mkdirSync(v.guest.at('swap/sub'), { recursive: true });
    mkdirSync(`${v.guest.beside}/other/sub`, { recursive: true });
    const known = await v.lookup(ROOT, 'swap');
    const sub = await v.lookup(known.nodeid, 'sub');
    for (let round = 0; round < 10; round++) {
      await swapper.during(v.guest.at('swap'), `${v.guest.beside}/other`, async () => {
        for (let i = 0; i < ROUNDS / 10; i++) {
          const found = nodeOf(await v.guest.ask('LOOKUP', {}, cstring('swap')));
          const nodes = [known.nodeid, sub.nodeid, ...(found === 0n ? [] : [found])];
          await Promise.all(
            nodes.flatMap((nodeid) => [
              v.guest.ask('LOOKUP', { nodeid }, cstring('sub')),
              v.guest.ask('GETATTR', { nodeid }, Buffer.alloc(16)),
            ]),
          );
          // The one that is outside at this moment may be known as well: by now it must be refused or be inside again.
        }
      });
      // At rest: the first one is inside, the other one outside, whichever of them the server has had open.
      assert.equal((await v.lookup(ROOT, 'swap')).nodeid, known.nodeid);
      await v.lookup(known.nodeid, 'sub');
      await v.lookup(sub.nodeid, 'absent').catch((error) => assert.equal(error.code, 'ENOENT'));
    }
    const outside = [...Array(20).keys()].map((i) => v.guest.ask('LOOKUP', {}, cstring(`../other/${i}`)));
    for (const reply of outside) await assert.rejects(reply, { name: 'LaneClosed' });
    assert.deepEqual(readdirSync(`${v.guest.beside}/other`), ['sub']);
  });
});
