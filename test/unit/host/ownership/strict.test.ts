import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { S_IFDIR, S_IFREG } from '../../../../protocol/linux.js';
import { DOCKER_RECORD, take } from './fixture.js';
import { shares } from './shares.js';

const alice = { uid: 1001, gid: 101 };
const root = { uid: 0, gid: 0 };
const strict = { kind: 'strict' } as const;

describe('ownership strict: who owns an object', () => {
  const open = shares();

  it('root, whoever asks', () => {
    const share = open(strict);
    share.file('f', 0o640);
    assert.deepEqual(share.report('f', alice), { ...root, mode: 0o640 });
  });

  it('whom the options name, if they do', () => {
    const share = open({ kind: 'strict', uid: 33, gid: 34 });
    share.file('f');
    assert.deepEqual(share.report('f', alice), { uid: 33, gid: 34, mode: 0o644 });
  });

  it('who was given it; an unset part is the default', () => {
    const share = open(strict);
    share.file('f');
    assert.equal(share.chown('f', 5, -1), 0);
    assert.equal(share.attribute('f'), '5:x:x');
    assert.deepEqual(share.report('f', alice), { uid: 5, gid: 0, mode: 0o644 });
  });

  it('given back to the default owner, an object needs no record', () => {
    const share = open(strict);
    share.file('f');
    assert.equal(share.chown('f', 5, 6), 0);
    assert.equal(share.chown('f', 0, -1), 0);
    assert.equal(share.attribute('f'), '0:6:x');
    assert.equal(share.chown('f', -1, 0), 0);
    assert.equal(share.attribute('f'), undefined);
    assert.deepEqual(share.report('f', alice), { ...root, mode: 0o644 });
  });

  it('a chown to the default owner writes nothing', () => {
    const share = open(strict);
    share.file('f');
    assert.equal(share.chown('f', 0, 0), 0);
    assert.equal(share.attribute('f'), undefined);
    assert.equal(share.counts.setxattr ?? 0, 0);
  });

  it("but a record stays where Docker's would count again without it", () => {
    const share = open(strict);
    share.file('f');
    share.setAttribute('f', '{"UID":501,"GID":20}', DOCKER_RECORD);
    assert.equal(share.chown('f', 0, 0), 0);
    assert.deepEqual(share.report('f', alice), { ...root, mode: 0o644 });
    assert.equal(share.attribute('f'), '0:0:x');
  });
});

describe('ownership strict: a new object', () => {
  const open = shares();

  it('of the default owner has no record, and costs no call', () => {
    const share = open(strict);
    share.file('f');
    assert.equal(share.created('f', S_IFREG | 0o644, root), 0);
    take(share.counts);
    assert.equal(share.created('f', S_IFREG | 0o644, root), 0);
    assert.deepEqual(share.counts, { listxattr: 1 }, "of the directory's record only");
    assert.equal(share.attribute('f'), undefined);
  });

  it('belongs to who created it', () => {
    const share = open(strict);
    share.file('f');
    assert.equal(share.created('f', S_IFREG | 0o644, alice), 0);
    assert.equal(share.attribute('f'), '1001:101:x');
    assert.deepEqual(share.report('f', root), { ...alice, mode: 0o644 });
  });

  it('keeps its mode, even if that shuts its owner out', () => {
    const share = open(strict);
    share.file('f', 0o000);
    assert.equal(share.created('f', S_IFREG, alice), 0);
    assert.deepEqual(share.report('f', root), { ...alice, mode: 0 });
    assert.equal(share.hostMode('f'), 0);
  });

  it('has the group of a directory with S_ISGID, and as a directory the bit too', () => {
    const share = open(strict);
    share.directory('g');
    assert.equal(share.chown('g', 7, 70), 0);
    assert.equal(share.chmod('g', 0o2775), 0);
    share.file('g/f');
    share.directory('g/d');
    assert.equal(share.created('g/f', S_IFREG | 0o644, alice, 'g'), 0);
    assert.equal(share.created('g/d', S_IFDIR | 0o755, alice, 'g'), 0);
    assert.deepEqual(share.report('g/f', root), { uid: alice.uid, gid: 70, mode: 0o644 });
    assert.deepEqual(share.report('g/d', root), { uid: alice.uid, gid: 70, mode: 0o2755 });
  });

  it('an unnamed file is owned through its descriptor', () => {
    const share = open(strict);
    share.file('f');
    const fd = share.open('f');
    fs.unlinkSync(share.path('f'));
    assert.equal(share.createdOpen(fd, S_IFREG | 0o644, alice), 0);
    assert.deepEqual(share.reportOpen(fd, root), { ...alice, mode: 0o644 });
  });
});
