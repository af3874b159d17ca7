import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Identity } from '../../host/api.js';
import { assertFailed, isGone, isMounted, until, world } from './world.js';

const program = fileURLToPath(new URL('../../../bin/osmofs', import.meta.url));

describe('osmofs daemon', () => {
  const here = world();
  const run = () => `${here.osmofs.home}/run/osmofs`;
  const identity = () => here.json<Identity & { running: boolean }>('daemon', 'status');

  it('runs, is found, and ends', async () => {
    const { running, pid } = await identity();
    assert.ok(running);
    assert.equal(readFileSync(`${run()}/daemon.pid`, 'utf8'), `${pid}\n`);
    assert.equal(await here.ok('daemon', 'stop'), `daemon stopped, pid ${pid}\n`);
    assert.ok(isGone(pid), 'it is gone when the command returns');
    assert.deepEqual(readdirSync(run()), [], 'nothing is left in the runtime directory');
    const { code, stdout } = await here.osmofs.run(['daemon', 'status']);
    assert.deepEqual([code, stdout], [3, 'daemon not running\n']);
    await here.fails(3, 'daemon: not running. Start it: osmofs daemon start', 'daemon', 'stop');
  });

  it('leaves nothing that others can read, whatever the umask', async () => {
    const { home } = here.osmofs;
    for (const path of [`${home}/config/osmofs`, `${home}/state/osmofs`, run()]) {
      assert.equal(statSync(path).mode & 0o777, 0o700, path);
      for (const name of readdirSync(path))
        assert.equal(statSync(`${path}/${name}`).mode & 0o077, 0, `${path}/${name}`);
    }
    assert.deepEqual(readdirSync(run()).sort(), ['agent.sock', 'control.sock', 'daemon.pid', 'token']);
  });

  it('is started once, however many ask at the same time', async () => {
    await here.ok('daemon', 'stop');
    const started = await Promise.all(
      Array.from({ length: 5 }, () => here.json<Identity & { started: boolean }>('daemon', 'start')),
    );
    assert.equal(new Set(started.map(({ pid }) => pid)).size, 1);
    assert.equal(started.filter(({ started }) => started).length, 1);
    assert.equal(here.osmofs.processes().filter(({ command }) => command.includes('daemon-main')).length, 1);
  });

  it('is started by the first mount; two at once start one', async () => {
    await here.ok('share', 'add', here.dir);
    await here.ok('daemon', 'stop');
    const pairs = ['a', 'b'].map((name) => [here.make(name), here.make(`${name}-mnt`)]);
    await Promise.all(pairs.map((pair) => here.ok('mount', ...pair)));
    for (const [, target] of pairs) assert.ok(isMounted(target!));
    assert.equal(here.osmofs.processes().filter(({ command }) => command.includes('daemon-main')).length, 1);
  });

  it('unmounts everything before it ends', async () => {
    const [source, target] = [here.make('src'), here.make('mnt')];
    await here.osmofs.mount(source, target);
    assert.match(await here.ok('daemon', 'stop'), /^src: unmounted\ndaemon stopped/);
    assert.ok(!isMounted(target));
  });

  it('does not end while a mount is busy, unless it is forced to', async () => {
    const [source, target] = [here.make('src'), here.make('mnt')];
    await here.osmofs.mount(source, target);
    const user = spawn('sleep', ['60'], { cwd: target });
    try {
      await here.fails(1, `${target}: busy`, 'daemon', 'stop');
      assert.ok(isMounted(target));
      await here.ok('daemon', 'stop', '--force');
      assert.ok(!isMounted(target));
    } finally {
      user.kill('SIGKILL');
      await once(user, 'exit');
    }
  });

  it('ends in good order at SIGTERM', async () => {
    const [source, target] = [here.make('src'), here.make('mnt')];
    await here.osmofs.mount(source, target);
    const { daemon, agents } = await here.status();
    process.kill(daemon.pid, 'SIGTERM');
    await until('the daemon and its agent are gone', () => isGone(daemon.pid) && isGone(agents[0]!.pid!));
    assert.ok(!isMounted(target));
    assert.deepEqual(readdirSync(run()), []);
  });

  it('killed, leaves no mount, and the next one recovers the rest', async () => {
    const [source, target] = [here.make('src'), here.make('mnt')];
    await here.osmofs.mount(source, target);
    const { daemon, agents } = await here.status();
    process.kill(daemon.pid, 'SIGKILL');
    await until('the agent has unmounted and ended', () => isGone(agents[0]!.pid!) && !isMounted(target));
    await here.fails(3, 'not running', 'ls');
    await here.ok('mount', source, target);
    assert.ok(isMounted(target));
  });

  it('killed together with its agent, has its dead mounts cleared away by the next one', async () => {
    const [source, target] = [here.make('src'), here.make('mnt')];
    await here.osmofs.mount(source, target);
    const { daemon, agents } = await here.status();
    // The agent must not see the daemon go before it goes itself.
    process.kill(agents[0]!.pid!, 'SIGSTOP');
    process.kill(daemon.pid, 'SIGKILL');
    process.kill(agents[0]!.pid!, 'SIGKILL');
    await until('both are gone', () => isGone(daemon.pid) && isGone(agents[0]!.pid!));
    assert.ok(isMounted(target));
    await here.ok('daemon', 'start');
    assert.ok(!isMounted(target));
  });

  it('replaces an agent that was killed', async () => {
    const [source, target] = [here.make('src'), here.make('mnt')];
    await here.osmofs.mount(source, target);
    const [agent] = (await here.status()).agents;
    process.kill(agent!.pid!, 'SIGKILL');
    await until('its mount is reported gone', async () => (await here.json<unknown[]>('ls')).length === 0);
    assert.ok(!isMounted(target));
    await here.ok('mount', source, target);
    assert.notEqual((await here.status()).agents[0]!.pid, agent!.pid);
  });

  it('says what is wrong with its configuration', async () => {
    await here.ok('daemon', 'stop');
    const file = `${here.osmofs.home}/config/osmofs/config.json`;
    writeFileSync(file, '{"shares":["home"]}');
    await here.fails(1, `${file}: shares.0: must be an absolute path`, 'daemon', 'start');
    await here.fails(1, `${file}: shares.0: must be an absolute path`, 'share', 'ls');
    assert.deepEqual(readdirSync(run()), []);
    writeFileSync(file, '{}');
  });

  it('says how to get an addon that is not built', async () => {
    await here.ok('daemon', 'stop');
    const environment = { ...here.osmofs.environment, OSMOFS_NATIVE_BUILD: 'nowhere' };
    const child = spawn(process.execPath, [program, 'daemon', 'start'], { env: environment });
    let text = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    const [code] = await once(child, 'close');
    assertFailed(
      { code, stdout: '', stderr: text },
      1,
      /native addon: cannot be loaded: .*\. Build it: npm run build:native\n$/,
    );
  });

  it('finds a place for its sockets where the runtime directory is too deep', async () => {
    const deep = `${here.dir}/${'d'.repeat(100)}`;
    mkdirSync(deep, { mode: 0o700 });
    const environment = { ...here.osmofs.environment, XDG_RUNTIME_DIR: deep };
    const call = async (...args: string[]) => {
      const child = spawn(process.execPath, [program, ...args], { env: environment, stdio: 'ignore' });
      return ((await once(child, 'exit')) as [number])[0];
    };
    assert.equal(await call('daemon', 'start'), 0);
    assert.equal(await call('daemon', 'status'), 0);
    const directories = () => readdirSync('/tmp').filter((name) => name.startsWith(`osmofs-${process.geteuid!()}-`));
    const [standIn] = directories().filter((name) => existsSync(`/tmp/${name}/control.sock`));
    assert.ok(standIn !== undefined);
    assert.equal(await call('daemon', 'stop'), 0);
    assert.ok(!existsSync(`${deep}/osmofs`));
    assert.ok(!directories().includes(standIn), 'it goes with the daemon');
  });

  it('in the foreground logs to stderr, and ends at a signal', async () => {
    await here.ok('daemon', 'stop');
    const child = spawn(process.execPath, [program, 'daemon', 'start', '--foreground'], {
      env: here.osmofs.environment,
    });
    let text = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    await until('it says that it started', () => /^info osmofs .* started/m.test(text));
    assert.ok((await identity()).running);
    assertFailed(await here.osmofs.run(['daemon', 'start', '--foreground']), 1, 'daemon: another one runs');
    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');
    assert.equal(code, 0, text);
    assert.deepEqual(readdirSync(run()), []);
  });

  it('does not need its working directory, nor the one of the command', async () => {
    const { pid } = await identity();
    assert.equal(readFileSync(`/proc/${pid}/status`, 'utf8').match(/^Umask:\t(\d+)/m)?.[1], '0000');
    const [source, target] = [here.make('src'), here.make('mnt')];
    await here.osmofs.mount(source, target);
    // The shell's directory is unmounted under it; osmofs still works there, with absolute paths.
    const script = `cd "$1" && shift && node "$@" umount --lazy "$PWD" && node "$@" ls && ! node "$@" mount a b`;
    const child = spawn('sh', ['-c', script, 'sh', target, program], { env: here.osmofs.environment });
    let text = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    const [code] = await once(child, 'close');
    assert.equal(code, 0, text);
    assert.match(text, /osmofs: a: relative to a working directory that is gone\. Write it from \//);
  });
});
