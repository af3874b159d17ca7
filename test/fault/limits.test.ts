/** A daemon that has run out of descriptors, and two mounts of one share. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import * as sys from '../support/sys.js';
import { World } from './support/world.js';

const { C } = sys;

describe('a daemon without descriptors', () => {
  let world: World;
  before(async () => {
    world = await World.open();
  });
  afterEach(() => sys.closeAll());
  after(() => world?.close());
  const at = (name: string) => `${world.guest}/${name}`;

  it('tells the guest EMFILE, goes on with what is open, and recovers', async () => {
    // A tree whose directories the daemon would all like to keep open.
    for (let i = 0; i < 150; i++) mkdirSync(`${world.host}/d${i}/e/f`, { recursive: true });
    writeFileSync(`${world.host}/f`, 'content');
    const pid = await world.daemonPid();
    const used = readdirSync(`/proc/${pid}/fd`).length;
    execFileSync('prlimit', ['--pid', `${pid}`, `--nofile=${used + 100}:${used + 100}`]);
    for (let round = 0; round < 3; round++) {
      const open: number[] = [];
      let refused: string | undefined;
      while (refused === undefined && open.length < 1000) {
        try {
          open.push(sys.open(at('f'), C.O_RDWR));
        } catch (error) {
          refused = (error as sys.SysError).code;
        }
      }
      assert.equal(refused, 'EMFILE');
      assert.ok(open.length > 50, `only ${open.length} files could be opened`);
      for (const fd of open) assert.equal(sys.pread(fd, 10, 0).toString(), 'content');
      assert.equal(sys.pwrite(open[0]!, 'content', 0), 7);
      for (const fd of open) sys.close(fd);
      // Walking needs descriptors for its own; the daemon gives up kept ones for them.
      for (let i = 0; i < 150; i++) assert.equal(statSync(at(`d${i}/e/f`)).isDirectory(), true);
      writeFileSync(at(`new-${round}`), 'works');
      assert.equal(readFileSync(`${world.host}/new-${round}`, 'utf8'), 'works');
    }
    assert.equal((await world.status()).mounts.length, 1);
  });
});

describe('two mounts of one share', () => {
  let world: World;
  before(async () => {
    world = await World.open();
    await world.mount(world.at('other'));
  });
  afterEach(() => sys.closeAll());
  after(() => world?.close());
  const one = (name: string) => `${world.guest}/${name}`;
  const other = (name: string) => world.at(`other/${name}`);

  it('each sees at its next call what was done through the other', () => {
    const fds = [one('f'), other('f')].map((name) => sys.open(name, C.O_RDWR | C.O_CREAT));
    for (let round = 0; round < 100; round++) {
      const [writer, reader] = round % 2 ? [0, 1] : [1, 0];
      const text = `round ${round}`.padEnd(20);
      sys.pwrite(fds[writer!]!, text, (round * 7) % 5000);
      assert.equal(sys.pread(fds[reader!]!, 20, (round * 7) % 5000).toString(), text);
      assert.equal(sys.fstat(fds[reader!]!).size, sys.fstat(fds[writer!]!).size);
      sys.ftruncate(fds[writer!]!, 6000 - round);
      assert.equal(Number(sys.fstat(fds[reader!]!).size), 6000 - round);
    }
    sys.mkdir(one('d'));
    sys.rename(other('f'), other('d/g'));
    assert.deepEqual(readdirSync(one('d')), ['g']);
    assert.throws(() => sys.stat(one('f')), { code: 'ENOENT' });
    sys.unlink(one('d/g'));
    assert.throws(() => sys.stat(other('d/g')), { code: 'ENOENT' });
    sys.rmdir(other('d'));
    assert.deepEqual(readdirSync(world.guest), []);
  });

  it('writers on both count to the right sum under a lock, and lose no appended record', () => {
    writeFileSync(`${world.host}/count`, '0'.padStart(10));
    const rounds = 200;
    const peers = [one, other].map((at) => {
      const peer = world.peer();
      return {
        peer,
        fd: peer.do('open', at('count'), C.O_RDWR),
        log: peer.do('open', at('log'), C.O_WRONLY | C.O_CREAT | C.O_APPEND),
      };
    });
    const counting = peers.map(({ peer, fd }) => peer.start('countUnderLock', fd, rounds));
    for (const each of counting) each.finish();
    assert.equal(Number(readFileSync(`${world.host}/count`, 'utf8')), 2 * rounds);
    const records = (i: number) =>
      Array.from({ length: 300 }, (_, n) => `${i}:${n}`.padEnd(100 + ((n * 7) % 50), '.').concat('\n'));
    const go = `${world.host}/go`;
    const appending = peers.map(({ peer, log }, i) => peer.start('writeEach', go, log, records(i)));
    writeFileSync(go, '');
    for (const each of appending) each.finish();
    const lines = readFileSync(`${world.host}/log`, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    for (const i of [0, 1]) {
      const own = lines.filter((line) => line.startsWith(`${i}:`)).map((line) => `${line}\n`);
      assert.deepEqual(own, records(i));
    }
    assert.equal(lines.length, 600);
  });
});
