/** A share on a file system that becomes full: errors where they belong, and nothing lost that was acknowledged. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import * as sys from '../support/sys.js';
import { until } from '../support/until.js';
import { cannotMount, World } from './support/world.js';

const { C } = sys;
const BLOCK = 64 * 1024;

describe('a full disk', () => {
  let world: World;
  before(function () {
    const why = cannotMount();
    if (why !== undefined) {
      console.log(`      not run: ${why}`);
      this.skip();
    }
  });
  beforeEach(async () => {
    world = await World.open(['--ownership', 'host'], '8m');
  });
  afterEach(async () => {
    sys.unmapAll();
    sys.closeAll();
    await world?.close();
  });
  const at = (name: string) => `${world.guest}/${name}`;
  const onHost = (name: string) => `${world.host}/${name}`;

  /** Writes blocks one behind the other until the system says no; what was acknowledged. */
  function fill(fd: number): { acknowledged: Buffer; error: string } {
    const written: Buffer[] = [];
    for (;;) {
      const block = randomBytes(BLOCK);
      try {
        const count = sys.write(fd, block);
        written.push(block.subarray(0, count));
      } catch (error) {
        return { acknowledged: Buffer.concat(written), error: (error as sys.SysError).code };
      }
    }
  }

  /** Whether there is room for that at the file's start. */
  function writes(fd: number, text: string): boolean {
    try {
      return sys.pwrite(fd, text, 0) === text.length;
    } catch (error) {
      assert.equal((error as sys.SysError).code, 'ENOSPC');
      return false;
    }
  }

  it('is ENOSPC at the write, every acknowledged byte is there, also after a remount', async () => {
    const fd = sys.open(at('f'), C.O_RDWR | C.O_CREAT);
    const { acknowledged, error } = fill(fd);
    assert.equal(error, 'ENOSPC');
    assert.ok(acknowledged.length > 7 << 20, `${acknowledged.length} bytes`);
    sys.fsync(fd);
    assert.ok(sys.pread(fd, acknowledged.length + 1, 0).equals(acknowledged));
    sys.close(fd);
    assert.ok(readFileSync(onHost('f')).equals(acknowledged));
    await world.osmofs.umount(world.guest);
    await world.mount(world.guest);
    assert.ok(readFileSync(at('f')).equals(acknowledged));
  });

  it('is ENOSPC for every other way to need room, and the daemon goes on', async () => {
    const fd = sys.open(at('f'), C.O_RDWR | C.O_CREAT);
    const { acknowledged } = fill(fd);
    const full = { code: 'ENOSPC' };
    const other = sys.open(at('sparse'), C.O_RDWR | C.O_CREAT);
    sys.ftruncate(other, 100 << 20);
    assert.throws(() => sys.pwrite(other, 'x'.repeat(5000), 50 << 20), full);
    assert.throws(() => sys.fallocate(other, 0, 0, 1 << 20), full);
    const appending = sys.open(at('f'), C.O_WRONLY | C.O_APPEND);
    assert.throws(() => sys.write(appending, randomBytes(BLOCK)), full);
    const direct = sys.open(at('direct'), C.O_WRONLY | C.O_CREAT | C.O_DIRECT);
    assert.throws(() => sys.write(direct, Buffer.alloc(BLOCK, 1)), full);
    assert.ok(readFileSync(onHost('f')).equals(acknowledged));
    // Reading, looking and removing need no room; removing makes some.
    assert.deepEqual(readdirSync(world.guest).sort(), ['direct', 'f', 'sparse']);
    sys.close(fd);
    sys.close(appending);
    sys.unlink(at('f'));
    // The kernel says RELEASE and FORGET after close(2) and unlink(2) have returned; the room is free with them.
    await until(() => writes(other, 'again'), 'room after the file was removed');
    assert.equal(readFileSync(onHost('sparse')).subarray(0, 5).toString(), 'again');
  });

  it('of small files: each that was made and closed without an error is whole', () => {
    const content = randomBytes(4096);
    let made = 0;
    try {
      for (; ; made++) sys.writeFile(at(`${made}`), content);
    } catch (error) {
      assert.equal((error as sys.SysError).code, 'ENOSPC');
    }
    assert.ok(made > 1000, `${made} files`);
    for (let i = 0; i < made; i++) assert.ok(readFileSync(onHost(`${i}`)).equals(content), `file ${i}`);
  });

  it('under a shared mapping is an error of msync or fsync, never silence', () => {
    const pages = 16 << 20;
    const fd = sys.open(at('mapped'), C.O_RDWR | C.O_CREAT);
    sys.ftruncate(fd, pages);
    const address = sys.mmap(fd, pages, C.PROT_READ | C.PROT_WRITE, C.MAP_SHARED);
    sys.store(address, Buffer.alloc(pages, 7));
    const failures: string[] = [];
    for (const sync of [() => sys.msync(address, pages, C.MS_SYNC), () => sys.fsync(fd)]) {
      try {
        sync();
      } catch (error) {
        failures.push((error as sys.SysError).code);
      }
    }
    assert.ok(failures.length > 0, 'nobody was told');
    assert.match(failures[0]!, /ENOSPC|EIO/);
    // What did get there is right: sevens, and holes where there was no room.
    assert.ok(statSync(onHost('mapped')).blocks * 512 <= 8 << 20);
    assert.ok(readFileSync(onHost('mapped')).every((byte) => byte === 7 || byte === 0));
  });

  it('filled by several writers at once: all are told, all that was acknowledged is there', async () => {
    const peers = Array.from({ length: 3 }, () => world.peer());
    const fds = peers.map((peer, i) => peer.do('open', at(`w${i}`), C.O_WRONLY | C.O_CREAT));
    const acknowledged = peers.map(() => 0);
    const ended = new Set<number>();
    while (ended.size < peers.length) {
      const writes = peers.map((peer, i) =>
        ended.has(i) ? undefined : peer.start('write', fds[i]!, Buffer.alloc(BLOCK, i + 1)),
      );
      for (const [i, write] of writes.entries()) {
        try {
          if (write !== undefined) acknowledged[i]! += write.finish();
        } catch (error) {
          assert.equal((error as sys.SysError).code, 'ENOSPC');
          ended.add(i);
        }
      }
    }
    for (const [i, count] of acknowledged.entries()) {
      const file = readFileSync(onHost(`w${i}`));
      assert.ok(file.length >= count && file.every((byte) => byte === i + 1), `${file.length} of ${count} bytes`);
    }
  });
});
