/** Programs in a guest: the command line, the daemon's part and a real agent. */
import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EXEC_PROTOCOL, Route } from '../../host/api.js';
import { ControlApi } from '../../host/control-api.js';
import { schemas, validate } from '../../host/control-schema.js';
import { Programs } from '../../host/exec.js';
import { until } from '../support/until.js';
import { type VmAgent, VmWorld } from './support/vm-agent.js';

const MAIN = fileURLToPath(new URL('./support/exec-main.js', import.meta.url));

describe('osmofs vm exec', () => {
  let world: VmWorld;
  let api: ControlApi;
  let programs: Programs;
  let env: NodeJS.ProcessEnv;
  let agent: VmAgent;
  before(async () => {
    world = new VmWorld();
    env = { ...process.env, TERM: 'vt100' };
    for (const name of ['CONFIG', 'STATE', 'RUNTIME']) {
      const key = name === 'RUNTIME' ? 'XDG_RUNTIME_DIR' : `XDG_${name}_HOME`;
      env[key] = join(world.directory, name);
      mkdirSync(join(world.directory, name, 'osmofs'), { recursive: true, mode: 0o700 });
    }
    const log = (level: string, text: string) => void world.log.push(`${level} ${text}`);
    programs = new Programs(world.agents, log, 1_000);
    api = new ControlApi(
      {
        [`GET ${Route.IDENTITY}`]: () => ({ pid: process.pid, version: 'test' }),
        [`POST ${Route.EXEC}`]: (body) => programs.start(validate(schemas.exec, body)),
      },
      log,
      { protocol: EXEC_PROTOCOL, prefix: `${Route.EXEC}/`, take: (...args) => programs.attach(...args) },
    );
    await api.listen(join(world.directory, 'RUNTIME', 'osmofs', 'control.sock'));
    [agent] = await world.boot('default', [], { ...process.env, FROM_THE_AGENT: 'yes' });
    await world.boot('work');
  });
  after(async () => {
    programs.close();
    api.close();
    api.closeConnections();
    await world.close();
  });

  function start(...words: string[]): ChildProcessWithoutNullStreams {
    return spawn(process.execPath, [MAIN, 'vm', 'exec', ...words], { env, cwd: '/' });
  }

  async function ended(child: ChildProcessWithoutNullStreams, input: string | Buffer = '') {
    const parts: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
    for (const name of ['stdout', 'stderr'] as const) child[name].on('data', (part: Buffer) => parts[name].push(part));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    const [code] = await once(child, 'close');
    return { code, stdout: Buffer.concat(parts.stdout), stderr: Buffer.concat(parts.stderr).toString() };
  }

  async function run(words: readonly string[], input: string | Buffer = '') {
    const { code, stdout, stderr } = await ended(start(...words), input);
    return { code, stdout: stdout.toString(), stderr };
  }

  it('shows what a program writes, each stream on its own, and exits as it does', async () => {
    const script = 'echo out; echo err >&2; exit 7';
    assert.deepEqual(await run(['--', 'sh', '-c', script]), { code: 7, stdout: 'out\n', stderr: 'err\n' });
    assert.deepEqual(await run(['--', 'true']), { code: 0, stdout: '', stderr: '' });
  });

  it('passes arguments as they are, also those that look like options', async () => {
    const { stdout } = await run(['default', '--', 'printf', '[%s]', '-i', '--', '', 'a b', 'Zoë', '*']);
    assert.equal(stdout, '[-i][--][][a b][Zoë][*]');
  });

  it('runs it with the guest’s environment, what was given on top, where it is told', async () => {
    const script = 'echo $FROM_THE_AGENT $MINE $(pwd)';
    const { stdout } = await run(['-e', 'MINE=a=b', '-w', '/usr', '--', 'sh', '-c', script]);
    assert.equal(stdout, 'yes a=b /usr\n');
  });

  it('runs it in the guest that is named', async () => {
    const script = 'tr "\\0" " " < /proc/$PPID/cmdline';
    assert.match((await run(['work', '--', 'sh', '-c', script])).stdout, /--guest work /);
    assert.match((await run(['--', 'sh', '-c', script])).stdout, /--guest default /);
  });

  it('gives it no input unless asked to', async () => {
    assert.equal((await run(['--', 'cat'], 'typed')).stdout, '');
    assert.equal((await run(['-i', '--', 'cat'], 'typed')).stdout, 'typed');
  });

  it('gives it streams that have names', async () => {
    const { stdout, stderr } = await run(['-i', '--', 'sh', '-c', 'cat /dev/stdin; echo e > /dev/stderr'], 'in');
    assert.deepEqual([stdout, stderr], ['in', 'e\n']);
  });

  it('loses nothing of 32 MiB in both directions at once', async () => {
    const input = randomBytes(32 << 20);
    const { code, stdout } = await ended(start('-i', '--', 'cat'), input);
    assert.equal(code, 0);
    assert.equal(stdout.length, input.length);
    assert.equal(digest(stdout), digest(input));
  });

  it('loses nothing of the last words of a program that has ended', async () => {
    const { stdout } = await run(['--', 'sh', '-c', 'head -c 300000 /dev/zero | tr "\\0" x']);
    assert.equal(stdout.length, 300_000);
  });

  it('slows a program down whose output nobody reads, and keeps next to nothing of it', async () => {
    const before = residentOf(agent.pid);
    const child = start('--', 'sh', '-c', 'yes | head -c 64000000; echo done >&2');
    let said = '';
    child.stderr.on('data', (text) => {
      said += text;
    });
    await once(child.stdout, 'readable');
    // Time enough to write it all, if somebody took it.
    for (let round = 0; round < 3; round++) assert.equal((await run(['--', 'true'])).code, 0);
    assert.equal(said, '', 'the program cannot have written it all');
    assert.ok(residentOf(agent.pid) - before < 24 << 20, 'nor does the agent keep it');
    let length = 0;
    child.stdout.on('data', (part: Buffer) => {
      length += part.length;
    });
    const [code] = await once(child, 'close');
    assert.deepEqual([code, length, said], [0, 64_000_000, 'done\n']);
  });

  it('passes signals on past input that the program does not read', async () => {
    const script = 'trap "echo got it; exit 3" TERM; echo ready; while :; do sleep 0.05; done';
    const child = start('-i', '--', 'sh', '-c', script);
    child.stdin.on('error', () => {});
    child.stdin.write(Buffer.alloc(4 << 20));
    await once(child.stdout, 'data');
    let said = '';
    child.stdout.on('data', (text) => {
      said += text;
    });
    child.kill('SIGTERM');
    const [code] = await once(child, 'close');
    assert.deepEqual([code, said], [3, 'got it\n']);
  });

  it('exits with 128 and the signal that ended the program', async () => {
    assert.equal((await run(['--', 'sh', '-c', 'kill -KILL $$'])).code, 137);
  });

  it('exits when the program does, whatever that has left running', async () => {
    const { code, stdout } = await run(['--', 'sh', '-c', 'sleep 60 & echo $!']);
    assert.equal(code, 0);
    process.kill(Number(stdout), 'SIGKILL');
  });

  it('hangs up on the program when it is killed itself', async () => {
    const child = start('--', 'sh', '-c', 'echo $$; exec sleep 600');
    const [pid] = (await once(child.stdout, 'data')) as [Buffer];
    child.kill('SIGKILL');
    await until(() => !existsSync(`/proc/${pid.toString().trim()}`), 'the program is gone');
  });

  const failing: [what: string, words: string[], code: number, says: RegExp][] = [
    ['an unknown program', ['--', 'no-such-program'], 127, /^osmofs: no-such-program: there is no such program\n$/],
    ['an unknown path', ['--', '/no/such/program'], 127, /there is no such program/],
    ['a file that is no program', ['--', '/etc/passwd'], 126, /\/etc\/passwd cannot be run/],
    ['a directory', ['--', '/usr'], 126, /cannot be run/],
    ['a working directory that is not there', ['-w', '/none', '--', 'true'], 127, /there is no directory \/none/],
    ['an unknown guest', ['nobody', '--', 'true'], 125, /guest nobody: not running.*osmofs vm start nobody/],
    ['this machine', ['local', '--', 'true'], 125, /this machine, not a guest/],
    ['no program', ['default', '--'], 2, /no program behind --/],
    ['no dashes', ['default', 'true'], 2, /no -- before the program/],
    ['two names', ['default', 'work', '--', 'true'], 2, /more than one name/],
    ['a variable without value', ['-e', 'X', '--', 'true'], 2, /X is not NAME=VALUE/],
  ];
  for (const [what, words, code, says] of failing) {
    it(`exits with ${code} for ${what}`, async () => {
      const ran = await run(words);
      assert.deepEqual([ran.code, ran.stdout], [code, '']);
      assert.match(ran.stderr, says);
      assert.equal(ran.stderr.trimEnd().split('\n').length, 1);
    });
  }

  it('gives it a terminal', async () => {
    const { code, stdout } = await run([
      '-t',
      '--',
      'sh',
      '-c',
      'test -t 0 && test -t 1 && tty && stty size && echo $TERM',
    ]);
    assert.equal(code, 0);
    assert.match(stdout, /^\/dev\/pts\/\d+\r\n24 80\r\nvt100\r\n$/);
  });

  it('makes that its controlling terminal: keys are signals', async () => {
    const child = start(
      '-it',
      '--',
      'sh',
      '-c',
      'trap "echo interrupted; exit 9" INT; echo ready; while :; do sleep 0.05; done',
    );
    let said = '';
    child.stdout.on('data', (text) => {
      said += text;
    });
    await until(() => said.includes('ready'), 'the program is ready');
    child.stdin.write('\x03');
    const [code] = await once(child, 'close');
    assert.equal(code, 9);
    assert.match(said, /interrupted/);
  });

  it('ends the input of a terminal with ^D', async () => {
    assert.deepEqual(await run(['-it', '--', 'cat'], 'line\n'), { code: 0, stdout: 'line\r\nline\r\n', stderr: '' });
  });

  it('loses nothing that a program has written on its terminal', async () => {
    const { stdout } = await run(['-t', '--', 'sh', '-c', 'stty -opost; seq 1 50000']);
    assert.equal(stdout, Array.from({ length: 50_000 }, (_, at) => `${at + 1}\n`).join(''));
  });

  it('fails, and says so, when the agent dies under it', async () => {
    const [victim] = await world.boot('victim');
    const child = start('victim', '--', 'sh', '-c', 'echo ready; exec sleep 600');
    const all = ended(child);
    await once(child.stdout, 'data');
    await victim.kill('SIGKILL');
    const { code, stderr } = await all;
    assert.equal(code, 125);
    assert.match(stderr, /^osmofs: program: lost: the connection ended/);
  });

  it('gives a ticket for one connection, for a while', async () => {
    const argv = ['sh', '-c', `echo $$ > ${world.directory}/pid; exec sleep 600`];
    const request = { guest: 'default', argv, env: [], cwd: '', stdin: false, tty: false, rows: 0, columns: 0 };
    const { ticket } = await programs.start(request);
    const attach = (word: string) => programs.attach(word, undefined as never, new Uint8Array(0));
    assert.equal(attach('00'), false);
    // Nobody comes for it, so it is hung up on.
    await until(() => existsSync(`${world.directory}/pid`) && world.read('pid') !== '', 'it runs');
    await until(() => !existsSync(`/proc/${world.read('pid').trim()}`), 'it is gone');
    assert.equal(attach(ticket), false);
  });
});

const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** Bytes. */
function residentOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024;
}
