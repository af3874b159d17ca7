/** The share root goes away, or another directory takes its place, while it is mounted. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { Errno } from '../../protocol/errno.js';
import * as sys from '../support/sys.js';
import { World } from './support/world.js';

const { C } = sys;

describe('a share root that goes away', () => {
  let world: World;
  beforeEach(async () => {
    world = await World.open();
    mkdirSync(`${world.host}/d`);
    writeFileSync(`${world.host}/d/f`, 'content');
    writeFileSync(`${world.host}/g`, 'content');
  });
  afterEach(async () => {
    sys.closeAll();
    await world.close();
  });

  function assertError(act: () => unknown): void {
    // By number: Node has no name for ESTALE.
    const expected: number[] = [Errno.ESTALE, Errno.ENOENT];
    assert.throws(act, ({ errno }: { errno: number }) => expected.includes(Math.abs(errno)));
  }

  it('is an error, not an empty directory, also when another one takes its name; a new mount shows that', async () => {
    const fd = sys.open(`${world.guest}/g`, C.O_RDWR);
    const directory = sys.open(world.guest, C.O_RDONLY | C.O_DIRECTORY);
    rmSync(world.host, { recursive: true });
    for (const round of ['gone', 'replaced']) {
      assertError(() => readdirSync(world.guest));
      assertError(() => readdirSync(`${world.guest}/d`));
      assertError(() => readFileSync(`${world.guest}/g`));
      assertError(() => sys.stat(`${world.guest}/d/f`));
      assertError(() => sys.writeFile(`${world.guest}/new`));
      assertError(() => sys.mkdir(`${world.guest}/new`));
      assertError(() => sys.stat(world.guest));
      assertError(() => sys.readRest(directory));
      // An open file is an open file.
      assert.equal(sys.pread(fd, 100, 0).toString(), 'content');
      assert.equal(sys.pwrite(fd, round, 0), round.length);
      sys.pwrite(fd, 'content', 0);
      sys.ftruncate(fd, 7);
      mkdirSync(world.host, { recursive: true });
      writeFileSync(`${world.host}/of-another`, '');
    }
    sys.closeAll();
    await world.osmofs.umount(world.guest);
    await world.mount(world.guest);
    assert.deepEqual(readdirSync(world.guest), ['of-another']);
  });

  it('is still the same directory when it only gets another name', () => {
    renameSync(world.host, world.at('moved'));
    assert.deepEqual(readdirSync(world.guest).sort(), ['d', 'g']);
    writeFileSync(`${world.guest}/d/new`, 'x');
    assert.equal(readFileSync(world.at('moved/d/new'), 'utf8'), 'x');
    renameSync(world.at('moved'), world.host);
  });

  it('keeps the daemon and other mounts going', async () => {
    mkdirSync(world.at('second'));
    writeFileSync(world.at('second/f'), 'second');
    await world.osmofs.mount(world.at('second'), world.at('other'));
    rmSync(world.host, { recursive: true });
    assertError(() => readdirSync(world.guest));
    assert.equal(readFileSync(world.at('other/f'), 'utf8'), 'second');
    assert.equal((await world.status()).mounts.length, 2);
  });
});
