/** Names that lead elsewhere: whoever sends one is no kernel, and its session ends before anything is touched. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import type { OpcodeName } from '../../../protocol/fuse/opcodes.js';
import * as s from '../../../protocol/fuse/structs.js';
import { inTime } from '../support/eventually.js';
import { cstring, pack } from '../support/message.js';
import { Secret } from '../support/secret.js';
import { ROOT, Vfs } from '../support/vfs.js';

const ROOT_DIR = pack(s.fuse_rename_in, { newdir: ROOT });
const ROOT_DIR2 = pack(s.fuse_rename2_in, { newdir: ROOT });

/** Every place where an operation carries a name. */
const places: Record<string, (name: Buffer, known: bigint) => [OpcodeName, Buffer[]]> = {
  LOOKUP: (name) => ['LOOKUP', [name]],
  SYMLINK: (name) => ['SYMLINK', [name, cstring('content')]],
  MKNOD: (name) => ['MKNOD', [pack(s.fuse_mknod_in, { mode: 0o100_644 }), name]],
  MKDIR: (name) => ['MKDIR', [pack(s.fuse_mkdir_in, { mode: 0o755 }), name]],
  UNLINK: (name) => ['UNLINK', [name]],
  RMDIR: (name) => ['RMDIR', [name]],
  'RENAME from': (name) => ['RENAME', [ROOT_DIR, name, cstring('new')]],
  'RENAME to': (name) => ['RENAME', [ROOT_DIR, cstring('f'), name]],
  'RENAME2 from': (name) => ['RENAME2', [ROOT_DIR2, name, cstring('new')]],
  'RENAME2 to': (name) => ['RENAME2', [ROOT_DIR2, cstring('f'), name]],
  LINK: (name, known) => ['LINK', [pack(s.fuse_link_in, { oldnodeid: known }), name]],
  CREATE: (name) => ['CREATE', [pack(s.fuse_create_in, { flags: 2, mode: 0o644 }), name]],
};

const names: Record<string, Buffer> = {
  '..': cstring('..'),
  '.': cstring('.'),
  'a path upwards': cstring('../secret/f'),
  'a path downwards': cstring('sub/f'),
  'an absolute path': cstring('/etc/passwd'),
  nothing: cstring(''),
  'no end': Buffer.from('endless'),
  'a NUL in the middle': Buffer.from('a\0b\0'),
};

/** The check is one for all: what it knows is tried with LOOKUP, that it is asked with the others. */
const TELLING = ['..', 'a path downwards', 'no end'];

describe('names that are no names', () => {
  for (const [place, build] of Object.entries(places)) {
    it(`${place}: each ends the session with a reason, and touches nothing`, async () => {
      await Promise.all(
        Object.entries(names).map(async ([what, name]) => {
          if (place !== 'LOOKUP' && !TELLING.includes(what)) return;
          const v = await Vfs.open();
          const secret = new Secret(`${v.guest.beside}/secret`);
          mkdirSync(v.guest.at('sub'));
          writeFileSync(v.guest.at('sub/f'), '');
          writeFileSync(v.guest.at('f'), '');
          const { nodeid } = await v.lookup(ROOT, 'f');
          const [opcode, body] = build(name, nodeid);
          const reply = v.guest.ask(opcode, { nodeid: ROOT }, ...body);
          await assert.rejects(reply, { name: 'LaneClosed' }, what);
          assert.match(await inTime('the end', v.guest.ended), /^protocol violation: /, what);
          assert.deepEqual(readdirSync(v.guest.root, { recursive: true }).sort(), ['f', 'sub', 'sub/f'], what);
          secret.assertUntouched();
          await v.close();
        }),
      );
    });
  }
});
