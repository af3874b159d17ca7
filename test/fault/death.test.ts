/** Processes of osmofs die or stop in the middle of work: callers get an answer, and the machine is left clean. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { decodeHelloReply } from '../../protocol/control.js';
import { encodeFrame, FrameDecoder, HELLO_LIMIT } from '../../protocol/frame.js';
import { inTime } from '../host/support/eventually.js';
import type { Pending } from '../support/peer.js';
import * as sys from '../support/sys.js';
import { helloBytes } from '../unit/host/fake-agent.js';
import { World } from './support/world.js';

const { C } = sys;
const GONE = /^(ENOTCONN|ECONNABORTED|EIO|ENOENT|ENXIO|ESTALE)$/;

describe('the death of a process', () => {
  let world: World;
  beforeEach(async () => {
    world = await World.open();
    writeFileSync(`${world.host}/f`, 'content');
  });
  afterEach(async () => {
    sys.closeAll();
    await world.close();
  });
  const at = (name: string) => `${world.guest}/${name}`;

  /** Callers in the mount: one that waits for a lock, one that holds a file, one whose working directory it is. */
  function callers() {
    const holder = world.peer();
    const held = holder.do('open', at('f'), C.O_RDWR);
    holder.do('lock', held, C.F_WRLCK);
    const waiter = world.peer();
    const wanted = waiter.do('open', at('f'), C.O_RDWR);
    const waits = waiter.start('lockWait', wanted, C.F_WRLCK);
    waits.blocked('fcntl', () => sys.stat(at('f')));
    const inside = world.peer();
    inside.do('chdir', world.guest);
    return { holder, held, waits, inside };
  }

  function assertEnds(act: () => unknown): void {
    assert.throws(act, (error: sys.SysError) => GONE.test(error.code), 'an error is what callers get');
  }

  async function assertCleanedUp({ holder, held, waits, inside }: ReturnType<typeof callers>): Promise<void> {
    assertEnds(() => waits.finish());
    assertEnds(() => holder.do('pread', held, 10, 0));
    assertEnds(() => inside.do('stat', 'f'));
    await world.untilUnmounted();
    assert.deepEqual(readdirSync(world.guest), []);
  }

  it('of the daemon: callers get errors, the mount goes, the agent ends; the next daemon works', async () => {
    const using = callers();
    const [daemon, agent] = [await world.daemonPid(), await world.agentPid()];
    process.kill(daemon, 'SIGKILL');
    await assertCleanedUp(using);
    await world.untilGone(agent);
    assert.deepEqual(world.osmofs.processes(), []);
    assert.equal((await world.osmofs.run(['ls'])).code, 3);
    await world.mount(world.guest);
    assert.equal(readFileSync(at('f'), 'utf8'), 'content');
  });

  it('of the agent: callers get errors, the mount goes, the daemon says so and starts another one', async () => {
    const using = callers();
    const agent = await world.agentPid();
    process.kill(agent, 'SIGKILL');
    await assertCleanedUp(using);
    await world.untilGone(agent);
    assert.match(world.log('daemon'), /warn.* ended: the agent is gone/);
    assert.deepEqual((await world.status()).mounts, []);
    await world.mount(world.guest);
    assert.equal(readFileSync(at('f'), 'utf8'), 'content');
  });

  it('of both at once: the next daemon clears away what they left', async () => {
    const using = callers();
    const pids = [await world.daemonPid(), await world.agentPid()];
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    assertEnds(() => using.waits.finish());
    await world.osmofs.succeed(['daemon', 'start']);
    await world.untilUnmounted();
    await world.mount(world.guest);
    assert.equal(readFileSync(at('f'), 'utf8'), 'content');
  });

  for (const which of ['daemon', 'agent'] as const) {
    it(`${which === 'daemon' ? 'a daemon' : 'an agent'} that stops for a while: calls wait and go on, and nothing is lost`, async () => {
      const pid = which === 'daemon' ? await world.daemonPid() : await world.agentPid();
      const peers = Array.from({ length: 3 }, () => world.peer());
      const content = randomBytes(200_000);
      const fds = peers.map((peer, i) => peer.do('open', at(`w${i}`), C.O_RDWR | C.O_CREAT));
      for (let round = 0; round < 3; round++) {
        process.kill(pid, 'SIGSTOP');
        const writes: Pending<'pwrite'>[] = [];
        try {
          for (const [i, peer] of peers.entries())
            writes.push(peer.start('pwrite', fds[i]!, content, round * content.length));
          for (const write of writes) write.blocked('pwrite64', () => {});
        } finally {
          process.kill(pid, 'SIGCONT');
        }
        for (const write of writes) assert.equal(write.finish(), content.length);
      }
      for (const [i, peer] of peers.entries()) {
        peer.do('fsync', fds[i]!);
        assert.ok(readFileSync(`${world.host}/w${i}`).equals(Buffer.concat([content, content, content])));
      }
    });
  }

  it('a caller that is killed while it waits for a stopped daemon is gone at once or when that goes on', async () => {
    const pid = await world.daemonPid();
    const peer = world.peer();
    process.kill(pid, 'SIGSTOP');
    try {
      peer.start('readFile', at('f')).blocked('openat', () => {});
      peer.signal('SIGKILL');
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    peer.gone();
    assert.equal(readFileSync(at('f'), 'utf8'), 'content');
  });

  it('a file that is removed on the host while the guest writes it: the writer goes on, the name is gone', () => {
    const fd = sys.open(at('f'), C.O_RDWR);
    sys.pwrite(fd, 'before', 0);
    unlinkSync(`${world.host}/f`);
    assert.equal(sys.pwrite(fd, 'after', 6), 5);
    assert.equal(sys.pread(fd, 100, 0).toString(), 'beforeafter');
    sys.fsync(fd);
    assert.equal(Number(sys.fstat(fd).nlink), 0);
    assert.ok(!existsSync(at('f')));
    sys.close(fd);
    writeFileSync(at('f'), 'another');
    assert.equal(readFileSync(`${world.host}/f`, 'utf8'), 'another');
  });

  it('a client without the token is refused with a sentence, and nothing else happens', async () => {
    const socket = connect(`${world.osmofs.home}/run/osmofs/agent.sock`);
    socket.write(encodeFrame(helloBytes(new Uint8Array(32)), HELLO_LIMIT));
    const decoder = new FrameDecoder(HELLO_LIMIT);
    const [chunk] = (await inTime('an answer', once(socket, 'data'))) as [Buffer];
    assert.match(decodeHelloReply(decoder.push(chunk)[0]!).refusal, /token/);
    await inTime('the end of the connection', once(socket, 'close'));
    assert.match(world.log('daemon'), /an agent of local was refused/);
    assert.equal(readFileSync(at('f'), 'utf8'), 'content');
  });
});
