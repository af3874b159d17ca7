/** The announcing thread by itself: what it takes, in which order it works, what it answers. Nothing is mounted for most of it. */
import assert from 'node:assert/strict';
import { closeSync, openSync, promises } from 'node:fs';
import { ANNOUNCER_COUNTS, BAD_ANNOUNCEMENT, os, TOO_MANY_ANNOUNCEMENTS } from '../../native/index.js';
import {
  ANNOUNCED,
  ANNOUNCEMENTS,
  announce_inject,
  announced_in,
  InjectFlag,
  InjectKind,
} from '../../protocol/announce.js';
import { Errno } from '../../protocol/errno.js';
import { Notify, Opcode } from '../../protocol/fuse/opcodes.js';
import { fuse_in_header, fuse_out_header } from '../../protocol/fuse/structs.js';
import { S_IFBLK, S_IFDIR, S_IFIFO, S_IFREG } from '../../protocol/linux.js';
import {
  announcement,
  barrier,
  type Call,
  inject,
  invalidateEntry,
  invalidateInode,
} from '../support/announcements.js';
import { until } from '../support/until.js';
import { fails, OUT, raw, succeeds, view } from './support/fixture.js';
import { type Lane, laneAndPeer, readAll } from './support/lanes.js';
import { mountOrSkip, TinyFuse } from './support/tiny-fuse.js';

const push = (announcer: number, message: Buffer) => os.announcerPush(announcer, raw(message), message.length);

function counts(announcer: number) {
  succeeds(os.announcerCounts(announcer, OUT));
  const at = (offset: number) => view.getUint32(OUT + offset, true);
  const { written, failed, waiting, injected, stale, busy, refused } = ANNOUNCER_COUNTS;
  return {
    notified: [at(written), at(failed)],
    waiting: at(waiting),
    injected: [at(injected), at(stale), at(busy), at(refused)],
  };
}

/** The next answer to an announcement: [seq, error]. */
function announced(peer: number): [bigint, number] {
  const message = readAll(peer, fuse_in_header.size + announced_in.size);
  const { len, opcode, unique, nodeid, pid, padding } = fuse_in_header.at;
  assert.deepEqual(
    [message.readUInt32LE(len), message.readUInt32LE(opcode), message.readBigUInt64LE(unique)],
    [message.length, ANNOUNCED, 0n],
  );
  assert.deepEqual(
    [message.readBigUInt64LE(nodeid), message.readUInt32LE(pid), message.readUInt16LE(padding)],
    [0n, 0, 0],
  );
  const body = message.subarray(fuse_in_header.size);
  return [body.readBigUInt64LE(announced_in.at.seq), body.readInt32LE(announced_in.at.error)];
}

const times = { atime: { sec: 1n, nsec: 2 }, mtime: { sec: -3n, nsec: 999_999_999 } };

/** One of each kind, and of each form. */
const calls: Call[] = [
  { kind: InjectKind.MKNOD, name: 'file', mode: S_IFREG | 0o644 },
  { kind: InjectKind.MKNOD, name: 'fifo', mode: S_IFIFO | 0o4755 },
  { kind: InjectKind.MKDIR, name: 'directory', mode: S_IFDIR | 0o755 },
  { kind: InjectKind.SYMLINK, name: 'link' },
  { kind: InjectKind.LINK, name: 'new', name2: 'old', parent2: 7n },
  { kind: InjectKind.UNLINK, name: 'x'.repeat(255) },
  { kind: InjectKind.RMDIR, name: '...', path: 'a/...' },
  { kind: InjectKind.RENAME, name: 'a', name2: 'b', path: 'a', path2: 'here/or/there/b' },
  { kind: InjectKind.TIMES, name: 'file', flags: InjectFlag.OMIT_ATIME, ...times },
  { kind: InjectKind.WRITTEN, name: 'file', flags: InjectFlag.TOUCH, ...times },
  { kind: InjectKind.STAT, name: '\xff \n' },
  { kind: InjectKind.STAGE, name: '.staging' },
];

describe('native: announcer', () => {
  let lane: Lane;
  let peer: number;
  let announcer: number;
  /** Takes whatever is written to it, as /dev/fuse would. */
  let sink: number;

  beforeEach(() => {
    ({ lane, peer } = laneAndPeer());
    sink = openSync('/dev/null', 'w');
    announcer = succeeds(os.announcerStart(sink, lane.id));
  });
  afterEach(() => {
    os.announcerStop(announcer);
    lane.close();
    closeSync(peer);
    closeSync(sink);
  });

  it('answers calls and barriers in their order, and where nothing can be injected with EPERM', () => {
    assert.equal(os.announcerInjector(announcer), 0);
    calls.forEach((call, index) => {
      assert.equal(push(announcer, inject(BigInt(index), call)), 0, call.name);
    });
    assert.equal(push(announcer, invalidateInode(1n)), 0);
    assert.equal(push(announcer, barrier(2n ** 64n - 1n)), 0);
    for (const index of calls.keys()) assert.deepEqual(announced(peer), [BigInt(index), -Errno.EPERM]);
    assert.deepEqual(announced(peer), [2n ** 64n - 1n, 0]);
    assert.deepEqual(counts(announcer), { notified: [1, 0], waiting: 0, injected: [0, 0, 0, calls.length] });
  });

  describe('refuses', () => {
    const change = (message: Buffer, write: (body: Buffer) => unknown) => {
      write(message.subarray(fuse_out_header.size));
      return message;
    };
    const at = announce_inject.at;
    const plain = () => inject(1n, calls[0]!);
    const bad: Record<string, () => Buffer> = {
      'no header': () => Buffer.alloc(fuse_out_header.size - 1),
      'another length than its own': () => barrier(1n).subarray(0, -1),
      'a reply': () => {
        const message = barrier(1n);
        message.writeUInt8(1, fuse_out_header.at.unique + 7);
        return message;
      },
      'a code of nobody': () => announcement(0),
      'a negative code': () => announcement(-5),
      'a code that FUSE does not have': () => announcement(Notify.PRUNE + 1),
      'a code behind those of announcements': () => announcement(0x4f03, Buffer.alloc(8)),
      'a short barrier': () => announcement(0x4f02, Buffer.alloc(7)),
      'a long barrier': () => announcement(0x4f02, Buffer.alloc(9)),
      'an injection without its struct': () => announcement(0x4f01, Buffer.alloc(announce_inject.size - 1)),
      'an injection without names': () => announcement(0x4f01, plain().subarray(16, 16 + announce_inject.size)),
      'a kind below the first': () => change(plain(), (body) => body.writeUInt32LE(0, at.kind)),
      'a kind above the last': () => change(plain(), (body) => body.writeUInt32LE(12, at.kind)),
      'a flag without a meaning': () => change(plain(), (body) => body.writeUInt32LE(16, at.flags)),
      'padding that is not zero': () => change(plain(), (body) => body.writeUInt32LE(1, at.padding)),
      'a length beyond the message': () => change(plain(), (body) => body.writeUInt32LE(0xffff_ffff, at.namelen)),
      'a length that leaves something': () => change(plain(), (body) => body.writeUInt32LE(3, at.namelen)),
      'paths that are not guarded': () => change(plain(), (body) => body.writeUInt32LE(1, at.pathlen)),
      'a second too many': () => change(plain(), (body) => body.writeUInt32LE(1e9, at.mtimensec)),
      'bytes behind the names': () => announcement(0x4f01, plain().subarray(16), Buffer.alloc(1)),
      'a missing NUL': () => change(plain(), (body) => body.writeUInt8(0x20, body.length - 2)),
      'no name': () => inject(1n, { kind: InjectKind.UNLINK, name: '' }),
      'a name of its own directory': () => inject(1n, { kind: InjectKind.UNLINK, name: '.' }),
      'a name of the parent': () => inject(1n, { kind: InjectKind.UNLINK, name: '..' }),
      'a path for a name': () => inject(1n, { kind: InjectKind.UNLINK, name: 'a/b' }),
      'a name with a NUL in it': () => inject(1n, { kind: InjectKind.UNLINK, name: 'a\0b' }),
      'a name too long': () => inject(1n, { kind: InjectKind.UNLINK, name: 'x'.repeat(256) }),
      'a second name without a meaning': () => inject(1n, { kind: InjectKind.UNLINK, name: 'a', name2: 'b' }),
      'a rename without a target': () => inject(1n, { kind: InjectKind.RENAME, name: 'a' }),
      'a rename to the parent': () => inject(1n, { kind: InjectKind.RENAME, name: 'a', name2: '..' }),
      'a device': () => inject(1n, { kind: InjectKind.MKNOD, name: 'a', mode: S_IFBLK | 0o600 }),
      'a node without a type': () => inject(1n, { kind: InjectKind.MKNOD, name: 'a', mode: 0o600 }),
      'a path to another name': () => inject(1n, { kind: InjectKind.RMDIR, name: 'a', path: 'b' }),
      'a path from the root': () => inject(1n, { kind: InjectKind.RMDIR, name: 'a', path: '/a' }),
      'a path with a way back': () => inject(1n, { kind: InjectKind.RMDIR, name: 'a', path: 'b/../a' }),
      'a path with an empty step': () => inject(1n, { kind: InjectKind.RMDIR, name: 'a', path: 'b//a' }),
      'a path without a way for the second name': () =>
        inject(1n, { kind: InjectKind.RENAME, name: 'a', name2: 'b', path: 'a' }),
    };
    for (const [what, make] of Object.entries(bad)) {
      it(`${what}, and does nothing of it`, () => {
        assert.equal(push(announcer, make()), BAD_ANNOUNCEMENT);
        // Nothing was queued: the next answer is that of the next announcement.
        assert.equal(push(announcer, barrier(9n)), 0);
        assert.deepEqual(announced(peer), [9n, 0]);
        assert.deepEqual(counts(announcer).injected, [0, 0, 0, 0]);
      });
    }

    it('calls and barriers from who has agreed on notifications only', () => {
      const silent = succeeds(os.announcerStart(sink, 0));
      assert.equal(push(silent, barrier(1n)), BAD_ANNOUNCEMENT);
      assert.equal(push(silent, plain()), BAD_ANNOUNCEMENT);
      assert.equal(push(silent, invalidateInode(1n)), 0);
      os.announcerStop(silent);
      fails(push(silent, invalidateInode(1n)), 'EBADF');
      fails(os.announcerCounts(silent, OUT), 'EBADF');
      fails(os.announcerStart(sink, 4711), 'EBADF');
    });
  });

  it('whatever bytes come, answers are those of what was taken', () => {
    // A linear congruential generator: the same bytes in every run.
    let state = 20_261_122;
    const random = (below: number) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const good = [...calls.map((call) => inject(0n, call)), barrier(0n), invalidateInode(1n)];
    let [taken, refused] = [0, 0];
    for (let round = 0; round < 20_000; round++) {
      const message = Buffer.from(good[random(good.length)]!);
      for (let changes = random(4); changes > 0; changes--) {
        const at = random(8) === 0 ? random(message.length) : 8 + random(message.length - 8);
        message[at] = random(3) === 0 ? 0 : random(256);
      }
      const cut = random(10) === 0 ? message.subarray(0, random(message.length + 1)) : message;
      // Half of those that were cut say so honestly.
      if (cut.length >= 4 && random(2) === 0) cut.writeUInt32LE(cut.length);
      const result = push(announcer, cut);
      if (result === BAD_ANNOUNCEMENT) refused++;
      else {
        assert.equal(result, 0);
        taken++;
        if (cut.readInt32LE(4) > 0x4f00) announced(peer);
        else if (taken % 64 === 0) {
          // Notifications are not answered; they must not pile up.
          assert.equal(push(announcer, barrier(1n)), 0);
          announced(peer);
        }
      }
    }
    assert.ok(taken > 1000 && refused > 1000, `${taken} taken, ${refused} refused`);
  });

  it('ends with the end of what it was given to', () => {
    assert.equal(os.announcerStop(announcer), 0);
    fails(os.announcerStop(announcer), 'EBADF');
    fails(push(announcer, barrier(1n)), 'EBADF');
    fails(os.announcerInjector(announcer), 'EBADF');
    fails(os.announcerRelease(announcer, 1), 'EBADF');
  });
});

describe('native: announcer of a mount', () => {
  let fuse: TinyFuse;
  before(function () {
    mountOrSkip(this);
  });
  beforeEach(() => {
    fuse = new TinyFuse();
  });
  afterEach(() => fuse?.close());

  it('writes notifications and counts what the kernel had no use for', async () => {
    const announcer = succeeds(os.announcerStart(fuse.fd, 0));
    assert.equal(push(announcer, invalidateInode(1n)), 0);
    assert.equal(push(announcer, invalidateInode(4711n)), 0);
    await until(() => counts(announcer).waiting === 0, 'both are written');
    assert.deepEqual(counts(announcer).notified, [1, 1]);
    assert.equal(os.announcerStop(announcer), 0);
  });

  it('a blocked notification blocks neither replies nor its own end, and lets nothing overtake it', async () => {
    const announcer = succeeds(os.announcerStart(fuse.fd, fuse.lane.id));
    // A pending LOOKUP holds the directory's lock, which the kernel takes to invalidate an entry of it.
    const found = promises.stat(`${fuse.path}/name`).catch((error) => error.code);
    const rootAttributes = TinyFuse.attributes(1, 'attr', S_IFDIR | 0o751);
    let request = fuse.request();
    while (request.opcode !== Opcode.LOOKUP) {
      fuse.reply(request.unique, 0, rootAttributes);
      request = fuse.request();
    }
    assert.equal(push(announcer, invalidateEntry(1n, 'other')), 0);
    for (let queued = 1; queued < ANNOUNCEMENTS; queued++) assert.equal(push(announcer, barrier(BigInt(queued))), 0);
    // What is being carried out counts as well.
    assert.equal(push(announcer, barrier(0n)), TOO_MANY_ANNOUNCEMENTS);
    assert.equal(counts(announcer).waiting, ANNOUNCEMENTS);
    fuse.reply(request.unique, -Errno.ENOENT);
    assert.equal(await found, 'ENOENT');
    for (let queued = 1; queued < ANNOUNCEMENTS; queued++) assert.deepEqual(announced(fuse.peer), [BigInt(queued), 0]);
    assert.equal(push(announcer, barrier(5n)), 0, 'there is room again once all are answered');
    assert.deepEqual(announced(fuse.peer), [5n, 0]);
    assert.equal(os.announcerStop(announcer), 0);
  });

  it('ends while a notification is blocked', async () => {
    const announcer = succeeds(os.announcerStart(fuse.fd, 0));
    const found = promises.stat(`${fuse.path}/name`).catch((error) => error.code);
    let request = fuse.request();
    while (request.opcode !== Opcode.LOOKUP) {
      fuse.reply(request.unique, 0, TinyFuse.attributes(1, 'attr', S_IFDIR | 0o751));
      request = fuse.request();
    }
    assert.equal(push(announcer, invalidateEntry(1n, 'other')), 0);
    assert.equal(os.announcerStop(announcer), 0);
    fuse.reply(request.unique, -Errno.ENOENT);
    assert.equal(await found, 'ENOENT');
  });
});
