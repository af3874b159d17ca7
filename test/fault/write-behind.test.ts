/**
 * A mount whose agent writes behind: what flush, fsync and close have promised survives the agent, what could not be written is
 * said to those who have to know, and nothing that was only acknowledged is lost by an orderly end.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { BUILT } from '../support/modes.js';
import * as sys from '../support/sys.js';
import { until } from '../support/until.js';
import { cannotMount, World } from './support/world.js';

const { C } = sys;
const PIECE = 100;
const PIECES = 300;

function writingBehind(): void {
  let world: World;
  const at = (name: string) => `${world.guest}/${name}`;
  const onHost = (name: string) => readFileSync(`${world.host}/${name}`);
  afterEach(async () => {
    sys.closeAll();
    await world?.close();
  });

  /** Writes that are small enough to be gathered; what was written. */
  function scribble(fd: number, pieces = PIECES): Buffer {
    const all = randomBytes(pieces * PIECE);
    for (let i = 0; i < pieces; i++) assert.equal(sys.write(fd, all.subarray(i * PIECE, (i + 1) * PIECE)), PIECE);
    return all;
  }

  describe('an agent that is killed', () => {
    beforeEach(async () => {
      world = await World.open(['--consistency', 'delegated', '--ownership', 'host']);
    });

    const PROMISES: [string, (fd: number) => void][] = [
      ['fsync', (fd) => sys.fsync(fd)],
      ['fdatasync', (fd) => sys.fdatasync(fd)],
      ['close', (fd) => sys.close(fd)],
      ['close of a copy', (fd) => sys.close(sys.dup(fd))],
      ['fstat', (fd) => void sys.fstat(fd)],
      ['an unlock', (fd) => sys.lock(fd, C.F_UNLCK)],
    ];
    for (const [name, promise] of PROMISES) {
      for (const flags of [C.O_RDWR, C.O_WRONLY | C.O_APPEND]) {
        it(`right after ${name} has returned takes nothing with it (${flags & C.O_APPEND ? 'appended' : 'written'})`, async () => {
          const pid = await world.agentPid();
          const fd = sys.open(at('f'), flags | C.O_CREAT);
          const written = scribble(fd);
          promise(fd);
          process.kill(pid, 'SIGKILL');
          assert.ok(onHost('f').equals(written));
          await world.untilGone(pid);
          await world.untilUnmounted();
          assert.ok(onHost('f').equals(written));
        });
      }
    }

    it('takes with it at most what nobody has promised: what is there is the beginning of what was written', async () => {
      const pid = await world.agentPid();
      const fd = sys.open(at('f'), C.O_RDWR | C.O_CREAT);
      const promised = scribble(fd);
      sys.fsync(fd);
      const all = Buffer.concat([promised, scribble(fd)]);
      process.kill(pid, 'SIGKILL');
      await world.untilGone(pid);
      await world.untilUnmounted();
      const there = onHost('f');
      assert.ok(there.length >= promised.length && all.subarray(0, there.length).equals(there));
      console.log(`      ${all.length - there.length} of ${all.length - promised.length} bytes were lost`);
    });
  });

  describe('what is kept reaches the host', () => {
    beforeEach(async () => {
      world = await World.open(['--consistency', 'delegated', '--ownership', 'host']);
    });

    it('by itself, after a moment', async () => {
      const fd = sys.open(at('f'), C.O_RDWR | C.O_CREAT);
      const written = scribble(fd);
      await until(() => onHost('f').equals(written), 'everything on the host');
    });

    it('whole, though the host changes the same file all the while', () => {
      sys.writeFile(`${world.host}/log`, Buffer.alloc(PIECE, 'h'));
      const fd = sys.open(at('log'), C.O_RDWR);
      const outside = sys.open(`${world.host}/log`, C.O_WRONLY);
      const records = randomBytes(20 * PIECES * PIECE);
      for (let i = 0; i < 20 * PIECES; i++) {
        sys.pwrite(fd, records.subarray(i * PIECE, (i + 1) * PIECE), PIECE * (i + 1));
        if (i % 8 === 0) sys.pwrite(outside, Buffer.from([i % 256]), 0);
      }
      sys.close(fd);
      assert.ok(onHost('log').subarray(PIECE).equals(records));
      assert.ok(readFileSync(at('log')).subarray(PIECE).equals(records));
    });

    it('before an unmount is refused because a program has a file open', async () => {
      const fd = sys.open(at('f'), C.O_RDWR | C.O_CREAT);
      const written = scribble(fd);
      const { code, stderr } = await world.osmofs.run(['umount', world.guest]);
      assert.deepEqual([code, /busy/.test(stderr)], [1, true], stderr);
      assert.ok(onHost('f').equals(written));
    });

    it('before a mount is detached, and goes on reaching it', async () => {
      const fd = sys.open(at('f'), C.O_RDWR | C.O_CREAT);
      const written = scribble(fd);
      await world.osmofs.succeed(['umount', '--lazy', world.guest]);
      assert.ok(onHost('f').equals(written));
      const more = scribble(fd);
      sys.close(fd);
      assert.ok(onHost('f').equals(Buffer.concat([written, more])));
    });

    it('when the agent is told to end, though a program still has the file open', async () => {
      const pid = await world.agentPid();
      const fd = sys.open(at('f'), C.O_RDWR | C.O_CREAT);
      const written = scribble(fd);
      process.kill(pid, 'SIGTERM');
      await world.untilGone(pid);
      assert.ok(onHost('f').equals(written));
    });

    it('when the daemon is told to stop whatever is open', async () => {
      const fd = sys.open(at('f'), C.O_RDWR | C.O_CREAT);
      const written = scribble(fd);
      await world.osmofs.succeed(['daemon', 'stop', '--force']);
      assert.ok(onHost('f').equals(written));
      // World.close stops one.
      await world.osmofs.succeed(['daemon', 'start']);
    });
  });

  describe('on a full disk', () => {
    before(function () {
      const why = cannotMount();
      if (why !== undefined) {
        console.log(`      not run: ${why}`);
        this.skip();
      }
    });
    beforeEach(async () => {
      world = await World.open(['--consistency', 'delegated', '--ownership', 'host'], '4m');
      const fd = sys.open(at('filler'), C.O_WRONLY | C.O_CREAT | C.O_SYNC);
      assert.throws(() => {
        for (;;) sys.write(fd, Buffer.alloc(64 * 1024, 1));
      }, full);
      sys.close(fd);
      assert.equal(statSync(`${world.host}/filler`).size % 4096, 0, 'not a byte more fits');
    });
    afterEach(async () => {
      sys.closeAll();
      // What close has said an unmount says once more; the next one has nothing to say.
      await world.osmofs.run(['umount', '--all']);
    });
    const full = { code: 'ENOSPC' };

    /** A file with bytes that were acknowledged and do not fit. */
    function overfull(name = 'f'): number {
      const fd = sys.open(at(name), C.O_RDWR | C.O_CREAT);
      assert.equal(sys.write(fd, 'too much'), 8);
      return fd;
    }

    it('close says so, of every copy; an unmount says so, once', async () => {
      const fd = overfull();
      const copy = sys.dup(fd);
      assert.throws(() => sys.close(copy), full);
      assert.throws(() => sys.close(fd), full);
      const { code, stderr } = await world.osmofs.run(['umount', world.guest]);
      assert.equal(code, 1);
      assert.match(stderr, /not everything that was written could be kept: .*no space left/i);
      await world.osmofs.umount(world.guest);
    });

    it('fsync says so, once, and what is written again when there is room is kept', async () => {
      const fd = overfull();
      assert.throws(() => sys.fsync(fd), full);
      sys.unlink(at('filler'));
      await until(() => sys.pwrite(fd, 'too much', 0) === 8 && succeeds(() => sys.fsync(fd)), 'room again');
      sys.close(fd);
      assert.equal(onHost('f').toString(), 'too much');
      await world.osmofs.umount(world.guest);
    });

    it('fsync by another descriptor says so as well', () => {
      overfull();
      assert.throws(() => sys.fsync(sys.open(at('f'), C.O_RDONLY)), full);
    });

    it('a write after it fails by itself', () => {
      const fd = overfull();
      assert.equal(Number(sys.fstat(fd).size), 0, 'the host has the last word');
      assert.throws(() => sys.write(fd, 'more'), full);
      assert.throws(() => sys.close(fd), full);
    });

    it('what was written in part is there, and the rest is an error', () => {
      sys.truncate(at('filler'), Number(sys.stat(at('filler')).size) - 4096);
      const fd = sys.open(at('part'), C.O_RDWR | C.O_CREAT);
      const written = scribble(fd, 100);
      assert.throws(() => sys.fsync(fd), full);
      const there = onHost('part');
      assert.ok(there.length > 0 && there.length < written.length, `${there.length} of ${written.length}`);
      assert.ok(written.subarray(0, there.length).equals(there));
      sys.close(fd);
    });

    it('an unmount that is refused because of it keeps the mount; the log has it', async () => {
      const fd = overfull();
      const { code, stderr } = await world.osmofs.run(['umount', world.guest]);
      assert.equal(code, 1);
      assert.match(stderr, /no space left/i);
      assert.ok(world.isMounted());
      assert.match(world.log('daemon'), /not everything that was written could be kept/);
      assert.throws(() => sys.close(fd), full, 'and the program hears of it all the same');
      await world.osmofs.umount(world.guest);
    });

    it('of other files nobody hears anything', () => {
      const fd = overfull();
      const other = sys.open(at('g'), C.O_RDWR | C.O_CREAT);
      sys.fsync(other);
      sys.close(other);
      assert.throws(() => sys.close(fd), full);
    });
  });

  it('is not done where nobody may write', async () => {
    world = await World.open(['--consistency', 'delegated', '--ro']);
    assert.throws(() => sys.open(at('f'), C.O_RDWR | C.O_CREAT), { code: 'EROFS' });
  });
}

if (BUILT.includes('delegated')) describe('writing behind', writingBehind);

function succeeds(act: () => unknown): boolean {
  try {
    act();
    return true;
  } catch {
    return false;
  }
}
