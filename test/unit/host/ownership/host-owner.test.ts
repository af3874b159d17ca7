import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { S_IFDIR, S_IFIFO, S_IFLNK, S_IFREG } from '../../../../protocol/linux.js';
import { isRoot, RECORD } from './fixture.js';
import { shares } from './shares.js';

const alice = { uid: 1001, gid: 101 };
const host = { kind: 'host' } as const;

describe('ownership host', () => {
  const open = shares();

  it("reports the host's numbers, whoever asks and whatever is recorded", () => {
    const share = open(host);
    share.file('f', 0o640);
    share.setAttribute('f', '5:6:0777');
    const { uid, gid } = fs.statSync(share.path('f'));
    assert.deepEqual(share.report('f', alice), { uid, gid, mode: 0o640 });
    assert.deepEqual(share.counts, {}, 'and asks for no attribute');
  });

  it('hides records all the same', () => {
    const share = open(host);
    const name = new TextEncoder().encode(RECORD);
    assert.equal(share.ownership.isHidden(name, 0, name.length), true);
    assert.equal(share.ownership.filterList(new TextEncoder().encode(`${RECORD}\0`), 0, name.length + 1), 0);
  });

  it('clears set-id bits after a write', () => {
    const share = open(host);
    share.file('f', 0o6755);
    assert.equal(share.killSetId('f'), 0);
    assert.equal(share.hostMode('f'), 0o755);
  });

  it('chmods the host inode', () => {
    const share = open(host);
    share.file('f');
    assert.equal(share.chmod('f', 0o1700), 0);
    assert.equal(share.hostMode('f'), 0o1700);
  });

  if (isRoot) {
    const owner = (path: string) => {
      const { uid, gid } = fs.lstatSync(path);
      return { uid, gid };
    };

    it('chowns the host inode, and writes no record', () => {
      const share = open(host);
      share.file('f', 0o4755);
      assert.equal(share.chown('f', 5, -1), 0);
      assert.deepEqual(owner(share.path('f')), { uid: 5, gid: 0 });
      assert.equal(share.hostMode('f'), 0o755);
      assert.equal(share.attribute('f'), undefined);
    });

    it('gives a new object of any type to who created it', () => {
      const share = open(host);
      share.file('f', 0o4755);
      share.directory('d');
      fs.symlinkSync('f', share.path('l'));
      assert.equal(share.created('f', S_IFREG | 0o4755, alice), 0);
      assert.equal(share.created('d', S_IFDIR | 0o755, alice), 0);
      assert.equal(share.created('l', S_IFLNK | 0o777, { uid: 7, gid: 8 }), 0);
      assert.deepEqual(owner(share.path('f')), alice);
      assert.equal(share.hostMode('f'), 0o4755, 'with the set-id bit it was created with');
      assert.deepEqual(owner(share.path('d')), alice);
      assert.deepEqual(owner(share.path('l')), { uid: 7, gid: 8 });
    });

    it('leaves the group that a directory with S_ISGID handed on', () => {
      const share = open(host);
      share.directory('g');
      fs.chownSync(share.path('g'), 0, 70);
      fs.chmodSync(share.path('g'), 0o2775);
      share.file('g/f');
      share.directory('g/d');
      fs.chmodSync(share.path('g/d'), 0o2755);
      assert.equal(share.created('g/f', S_IFREG | 0o644, alice, 'g'), 0);
      assert.equal(share.created('g/d', S_IFDIR | 0o755, alice, 'g'), 0);
      assert.deepEqual(owner(share.path('g/f')), { uid: alice.uid, gid: 70 });
      assert.deepEqual(owner(share.path('g/d')), { uid: alice.uid, gid: 70 });
      assert.equal(share.hostMode('g/d'), 0o2755);
    });

    it('leaves alone what cannot be the new object', () => {
      const share = open(host);
      share.file('f');
      share.file('two');
      fs.chownSync(share.path('f'), 3, 4);
      fs.linkSync(share.path('two'), share.path('names'));
      assert.equal(share.created('f', S_IFREG | 0o644, alice), 0);
      assert.equal(share.created('two', S_IFREG | 0o644, alice), 0);
      assert.deepEqual(owner(share.path('f')), { uid: 3, gid: 4 });
      assert.deepEqual(owner(share.path('two')), { uid: 0, gid: 0 });
    });

    it('does nothing for root itself', () => {
      const share = open(host);
      share.file('p');
      assert.equal(share.created('p', S_IFIFO | 0o600, { uid: 0, gid: 0 }), 0);
      assert.deepEqual(share.counts, {});
    });
  }
});
