import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { S_IFDIR, S_IFREG } from '../../../../protocol/linux.js';
import { DOCKER_RECORD, RECORD } from './fixture.js';
import { shares } from './shares.js';

const alice = { uid: 1001, gid: 101 };
const bob = { uid: 1002, gid: 102 };
const caller = { kind: 'caller' } as const;

describe('ownership caller: who owns an object', () => {
  const open = shares();

  it('whoever asks, also through the same slot', () => {
    const share = open(caller);
    share.file('f', 0o640);
    share.settle('f');
    for (const asking of [alice, bob, alice]) {
      assert.deepEqual(share.report('f', { ...asking, slot: 9 }), { ...asking, mode: 0o640 });
    }
  });

  it('whom the options name, if they do', () => {
    const share = open({ kind: 'caller', uid: 33, gid: 34 });
    share.file('f');
    assert.deepEqual(share.report('f', alice), { uid: 33, gid: 34, mode: 0o644 });
  });

  it('everybody sees who was given it, and the host inode stays as it is', () => {
    const share = open(caller);
    share.file('f');
    const { uid, gid } = fs.statSync(share.path('f'));
    assert.equal(share.chown('f', 5, 6, alice), 0);
    assert.deepEqual(share.report('f', bob), { uid: 5, gid: 6, mode: 0o644 });
    assert.equal(share.attribute('f'), '5:6:x');
    assert.deepEqual([fs.statSync(share.path('f')).uid, fs.statSync(share.path('f')).gid], [uid, gid]);
  });

  it('only the part that was set is recorded', () => {
    const share = open(caller);
    share.file('f');
    assert.equal(share.chown('f', 5, -1, alice), 0);
    assert.equal(share.attribute('f'), '5:x:x');
    assert.deepEqual(share.report('f', bob), { uid: 5, gid: bob.gid, mode: 0o644 });
    assert.equal(share.chown('f', -1, 6, bob), 0);
    assert.equal(share.attribute('f'), '5:6:x');
    assert.equal(share.chown('f', -1, -1, bob), 0);
    assert.equal(share.attribute('f'), '5:6:x');
  });

  it('recorded even if it is the asking one already', () => {
    const share = open(caller);
    share.file('f');
    assert.equal(share.chown('f', alice.uid, alice.gid, alice), 0);
    assert.deepEqual(share.report('f', bob), { ...alice, mode: 0o644 });
  });

  it('a directory is owned like a file, the root of the share too', () => {
    const share = open(caller);
    share.directory('d', 0o750);
    assert.equal(share.chown('d', 7, 8, alice), 0);
    assert.deepEqual(share.report('d', bob), { uid: 7, gid: 8, mode: 0o750 });
    assert.equal(share.chown('.', 3, 4, alice), 0);
    assert.deepEqual(share.report('.', bob), { uid: 3, gid: 4, mode: 0o755 });
  });

  it('two names of one file have one owner', () => {
    const share = open(caller);
    share.file('f');
    fs.linkSync(share.path('f'), share.path('g'));
    assert.equal(share.chown('f', 5, 6, alice), 0);
    assert.deepEqual(share.report('g', bob), { uid: 5, gid: 6, mode: 0o644 });
  });

  it('nothing is recorded when an object is created', () => {
    const share = open(caller);
    share.file('f');
    share.directory('d');
    assert.equal(share.created('f', S_IFREG | 0o644, alice), 0);
    assert.equal(share.created('d', S_IFDIR | 0o755, alice), 0);
    assert.equal(share.attribute('f'), undefined);
    assert.equal(share.attribute('d'), undefined);
    assert.deepEqual(share.report('f', bob), { ...bob, mode: 0o644 });
  });
});

describe("ownership caller: other writers' records", () => {
  const open = shares();

  it('a mode of others is what the guest sees, with the type of the inode', () => {
    const share = open(caller);
    share.file('f', 0o600);
    share.setAttribute('f', '0:0:04755:file');
    assert.deepEqual(share.report('f', alice), { uid: 0, gid: 0, mode: 0o4755 });
  });

  it('a chown keeps the mode, clears set-id there, and does not touch the host mode', () => {
    const share = open(caller);
    share.file('f', 0o600);
    share.setAttribute('f', '0:0:0104755:file');
    assert.equal(share.chown('f', 5, -1, alice), 0);
    assert.equal(share.attribute('f'), '5:0:0755');
    assert.equal(share.hostMode('f'), 0o600);
  });

  it('a chmod reaches the host; the record stays whole and follows the host from then on', () => {
    const share = open(caller);
    share.file('f', 0o600);
    share.setAttribute('f', '1:2:0755');
    assert.equal(share.chmod('f', 0o640, alice), 0);
    assert.equal(share.hostMode('f'), 0o640);
    assert.equal(share.attribute('f'), '1:2:000640');
    assert.deepEqual(share.report('f', alice), { uid: 1, gid: 2, mode: 0o640 });
    fs.chmodSync(share.path('f'), 0o604);
    assert.deepEqual(share.report('f', alice), { uid: 1, gid: 2, mode: 0o604 });
  });

  it("Docker's record counts where there is none of ours", () => {
    const share = open(caller);
    share.file('f', 0o600);
    share.setAttribute('f', '{"UID":501,"GID":-1,"mode":644}', DOCKER_RECORD);
    assert.deepEqual(share.report('f', alice), { uid: 501, gid: alice.gid, mode: 0o644 });
  });

  it('ours counts where there are both', () => {
    const share = open(caller);
    share.file('f', 0o600);
    share.setAttribute('f', '{"UID":501,"GID":20,"mode":644}', DOCKER_RECORD);
    share.setAttribute('f', '7:x:x');
    assert.deepEqual(share.report('f', alice), { uid: 7, gid: alice.gid, mode: 0o600 });
  });

  it("a chown merges Docker's record into ours and leaves Docker's alone", () => {
    const share = open(caller);
    share.file('f', 0o600);
    share.setAttribute('f', '{"UID":501,"GID":20,"mode":644}', DOCKER_RECORD);
    assert.equal(share.chown('f', -1, 99, alice), 0);
    assert.equal(share.attribute('f'), '501:99:0644');
    assert.equal(share.attribute('f', DOCKER_RECORD), '{"UID":501,"GID":20,"mode":644}');
    assert.deepEqual(share.report('f', alice), { uid: 501, gid: 99, mode: 0o644 });
  });

  it("a chmod outdoes Docker's mode", () => {
    const share = open(caller);
    share.file('f', 0o600);
    share.setAttribute('f', '{"mode":644}', DOCKER_RECORD);
    assert.equal(share.chmod('f', 0o751, alice), 0);
    assert.deepEqual(share.report('f', alice), { ...alice, mode: 0o751 });
    assert.equal(share.hostMode('f'), 0o751);
  });

  it('what is no record is none, and is said once', () => {
    const share = open(caller);
    share.file('f');
    share.file('g');
    share.file('h');
    share.setAttribute('f', 'rubbish\n');
    share.setAttribute('g', `0:0:0644:${'x'.repeat(200)}`);
    share.setAttribute('h', '{"UID":', DOCKER_RECORD);
    for (const name of ['f', 'g', 'h', 'f']) {
      assert.deepEqual(share.report(name, alice), { ...alice, mode: 0o644 }, name);
    }
    assert.equal(share.logged.length, 1);
    assert.match(share.logged[0] as string, /malformed.*"rubbish\\n"/);
    assert.equal(share.chown('f', 5, 6, alice), 0);
    assert.equal(share.attribute('f'), '5:6:x');
  });

  it("behind a malformed record of ours, Docker's counts", () => {
    const share = open(caller);
    share.file('f');
    share.setAttribute('f', 'rubbish');
    share.setAttribute('f', '{"UID":501,"GID":20}', DOCKER_RECORD);
    assert.deepEqual(share.report('f', alice), { uid: 501, gid: 20, mode: 0o644 });
  });

  it('is found among more attributes than are read at once', () => {
    const share = open(caller);
    share.file('f');
    share.file('g');
    for (let index = 0; index < 40; index++) {
      share.setAttribute('f', 'v', `user.some.rather.long.name.${index}`);
      share.setAttribute('g', 'v', `user.some.rather.long.name.${index}`);
    }
    share.setAttribute('f', '5:6:x', RECORD);
    assert.deepEqual(share.report('f', alice), { uid: 5, gid: 6, mode: 0o644 });
    assert.deepEqual(share.report('g', alice), { ...alice, mode: 0o644 });
  });
});
