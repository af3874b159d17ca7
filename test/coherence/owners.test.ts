/**
 * Ownership `caller`: things belong to whoever asks. A kernel keeps one owner of each inode, so whatever a mount lets it
 * keep, nobody may be answered with what was kept for another.
 */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { temporaryDirectory } from '../support/bare-directory.js';
import { BUILT } from '../support/modes.js';
import { Osmofs } from '../support/osmofs.js';
import { Peer } from '../support/peer.js';
import { alice, bob } from '../support/place.js';
import { save } from '../support/saves.js';
import * as sys from '../support/sys.js';

const FILES = 20;
const ROUNDS = 50;

const needsRoot = process.getuid!() === 0 ? '' : ' (skipped: needs root)';

for (const mode of BUILT) {
  describe(`two users of a mount in mode ${mode}${needsRoot}`, function () {
    this.timeout(120_000);
    let temporary: ReturnType<typeof temporaryDirectory>;
    let osmofs: Osmofs;
    let host: string;
    let dir: string;
    let people: { id: number; peer: Peer }[] = [];

    before(async function () {
      if (needsRoot !== '') this.skip();
      temporary = temporaryDirectory();
      [host, dir] = [`${temporary.dir}/host`, `${temporary.dir}/guest`];
      mkdirSync(host);
      for (let i = 0; i < FILES; i++) writeFileSync(`${host}/f${i}`, 'content');
      osmofs = await Osmofs.start();
      await osmofs.mount(host, dir, ['--consistency', mode, '--ownership', 'caller']);
      people = [alice, bob].map((identity) => ({ id: identity.uid, peer: new Peer({ identity }) }));
    });
    after(async () => {
      for (const { peer } of people) await peer.end();
      try {
        await osmofs?.stop();
      } finally {
        temporary?.remove();
      }
    });

    const owner = ({ uid, gid }: sys.Stat) => `${uid}:${gid}`;
    const own = (id: number) => `${id}:${id}`;

    it('each sees their own after the other has looked, and root in between', () => {
      for (let round = 0; round < ROUNDS; round++) {
        const name = `${dir}/f${round % FILES}`;
        for (const { id, peer } of people) assert.equal(owner(peer.do('lstat', name)), own(id));
        if (round % 3 === 0) assert.equal(owner(sys.lstat(name)), own(0));
      }
    });

    it('so do their open descriptors', () => {
      const open = people.map(({ id, peer }) => ({ id, peer, fd: peer.do('open', `${dir}/f1`, sys.C.O_RDONLY) }));
      for (let round = 0; round < ROUNDS; round++)
        for (const { id, peer, fd } of open) assert.equal(owner(peer.do('fstat', fd)), own(id));
      for (const { peer, fd } of open) peer.do('close', fd);
    });

    it('so do those who list the directory first, and the directory itself', () => {
      for (let round = 0; round < ROUNDS; round++) {
        const { id, peer } = people[round % 2]!;
        assert.deepEqual(peer.do('ownersAgain', dir, 1), [own(id)]);
        assert.equal(owner(people[(round + 1) % 2]!.peer.do('lstat', dir)), own(people[(round + 1) % 2]!.id));
      }
    });

    it('so do both at the same time', () => {
      const looking = people.map(({ id, peer }) => ({ id, looks: peer.start('ownersAgain', dir, ROUNDS) }));
      for (const { id, looks } of looking) assert.deepEqual(looks.finish(), [own(id)]);
    });

    it('so does who looks after the host has saved the file', () => {
      for (let round = 0; round < ROUNDS; round++) {
        const name = `f${round % FILES}`;
        save(round % 2 === 0 ? 'in place' : 'atomic rename', `${host}/${name}`, `content ${round}`, { sync: false });
        for (const { id, peer } of people) assert.equal(owner(peer.do('lstat', `${dir}/${name}`)), own(id));
      }
    });

    it('what somebody was given is theirs, whoever asks', () => {
      sys.chown(`${dir}/f2`, 77, 78);
      for (let round = 0; round < ROUNDS; round++) {
        for (const { id, peer } of people) {
          assert.equal(owner(peer.do('lstat', `${dir}/f2`)), '77:78');
          assert.equal(owner(peer.do('lstat', `${dir}/f3`)), own(id));
        }
      }
    });
  });
}
