/** The life of a VM's process, with a double in the hypervisor's place. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { readEnd } from '../../../vm/end.js';
import { VmFailure } from '../../../vm/failure.js';
import { isHeld } from '../../../vm/lock.js';
import { findRunner } from '../../../vm/recover.js';
import { askRunner, openConsole, startRunner, type Watched } from '../../../vm/runner-client.js';
import type { RunnerStatus } from '../../../vm/runner-control.js';
import { until } from '../../support/until.js';
import { flock, RUNNER, vmWorld } from './support/world.js';

describe('vm/runner', () => {
  const here = vmWorld();
  const status = () => askRunner<RunnerStatus>(here.files.control, 'status');
  const log = () => readFileSync(here.files.consoleLog, 'utf8');

  async function attach(): Promise<{ socket: Socket; said(): string }> {
    const socket = await openConsole(here.files.control);
    let said = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    socket.on('error', () => {}).resume();
    return { socket, said: () => said };
  }

  async function type(line: string): Promise<void> {
    (await attach()).socket.end(`${line}\n`);
  }

  it('runs, says so, and ends with its guest; nothing but files stays', async () => {
    const watched = await here.start();
    assert.deepEqual(await status().then(({ name, cid, resets }) => ({ name, cid, resets })), {
      name: 'test',
      cid: 3,
      resets: 0,
    });
    for (const path of [here.files.control, here.files.consoleLog, here.files.lock]) {
      assert.equal(statSync(path).mode & 0o077, 0, path);
    }
    assert.ok(isHeld(here.files.lock, flock));
    await type('off');
    const end = await watched.ended;
    assert.deepEqual([end?.how, end?.why], ['off', 'the guest powered off']);
    assert.ok(!isHeld(here.files.lock, flock), 'who is told of the end can start it anew');
    assert.deepEqual(readEnd(here.files.end), end);
    assert.ok(!existsSync(here.files.control));
  });

  it('is one per VM', async () => {
    const watched = await here.start();
    await assert.rejects(
      startRunner(here.files, RUNNER),
      (error) => error instanceof VmFailure && error.kind === 'conflict',
    );
    assert.equal((await status()).runner, watched.status.runner, 'the first one goes on');
    await askRunner(here.files.control, 'kill');
    assert.equal((await watched.ended)?.how, 'killed');
  });

  it('presses the power button', async () => {
    const watched = await here.start();
    await askRunner(here.files.control, 'power');
    assert.equal((await watched.ended)?.how, 'off');
    assert.match(log(), /button/);
  });

  it('joins consoles with the guest, both ways, and writes all of it down', async () => {
    const watched = await here.start();
    const [one, two] = [await attach(), await attach()];
    one.socket.write('hello\n');
    await until(() => one.said().includes('you said hello') && two.said().includes('you said hello'), 'both hear it');
    one.socket.destroy();
    two.socket.write('again\n');
    await until(() => log().includes('you said again'), 'the log has it');
    await askRunner(here.files.control, 'kill');
    await watched.ended;
    await once(two.socket, 'close');
  });

  it('says why a hypervisor does not start, in its own words', async () => {
    await assert.rejects(here.start('fail'), /does not start: qemu: no room for the guest/);
    assert.ok(!isHeld(here.files.lock, flock));
  });

  it('tells a crash, with the last lines of the console', async () => {
    const watched = await here.start();
    await type('last words');
    await until(() => log().includes('last words'), 'it has said them');
    await type('crash');
    const end = await watched.ended;
    assert.equal(end?.how, 'crashed');
    assert.match(end.why, /exit code 1: qemu: it broke/);
    assert.equal(end.lastLines.at(-1), 'you said last words');
  });

  it('tells a hypervisor that was killed', async () => {
    const watched = await here.start();
    process.kill(watched.status.hypervisor, 'SIGKILL');
    assert.match((await watched.ended)?.why ?? '', /by SIGKILL/);
  });

  it('counts restarts of the guest, and ends one that restarts again and again', async () => {
    const watched = await here.start();
    await askRunner(here.files.control, 'ready');
    const { socket } = await attach();
    socket.write('reset\n');
    await until(() => readFileSync(here.files.runnerLog, 'utf8').includes('reset'), 'it is counted');
    assert.equal((await status()).resets, 1);
    socket.write('circle\n');
    const end = await watched.ended;
    assert.deepEqual([end?.how, end?.why], ['crashed', 'the guest restarted again and again']);
  });

  it('killed, leaves a hypervisor that is found and ended, and the VM starts again', async () => {
    const watched = await here.start();
    process.kill(watched.status.runner, 'SIGKILL');
    assert.equal(await watched.ended, undefined);
    assert.ok(isHeld(here.files.lock, flock), 'the hypervisor holds it');
    assert.equal(await findRunner(here.files, flock), undefined);
    assert.ok(!isHeld(here.files.lock, flock));
    assert.equal(alive(watched.status.hypervisor), false);
    const again: Watched = await here.start();
    await askRunner(here.files.control, 'kill');
    await again.ended;
  });

  it('is found by who comes later', async () => {
    const watched = await here.start();
    const found = await findRunner(here.files, flock);
    assert.equal(found?.status.hypervisor, watched.status.hypervisor);
    await askRunner(here.files.control, 'kill');
    assert.equal((await found?.ended)?.how, 'killed');
  });

  it('hangs up on what is no question, and goes on', async () => {
    const watched = await here.start();
    for (const text of ['x'.repeat(5000), '{"ask":"format"}\n', 'GET / HTTP/1.1\r\n\r\n', '[]\n', 'null\n']) {
      const socket = connect(here.files.control).on('error', () => {});
      socket.resume().write(text);
      await once(socket, 'close');
    }
    assert.equal((await status()).runner, watched.status.runner);
    await askRunner(here.files.control, 'kill');
    await watched.ended;
  });

  it('believes no launch.json that is not whole', async () => {
    await assert.rejects(startRunner(here.files, RUNNER), /launch.json: cannot be used/);
  });
});

function alive(pid: number): boolean {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
