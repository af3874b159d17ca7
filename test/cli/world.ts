/** An osmofs of its own for the tests of a file, and directories to mount; all through bin/osmofs. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Status } from '../../host/api.js';
import { atExit } from '../support/at-exit.js';
import { mountedTargets, Osmofs, type Ran } from '../support/osmofs.js';
import { PATIENCE } from '../support/patience.js';

const program = fileURLToPath(new URL('../../../bin/osmofs', import.meta.url));

export interface World {
  readonly osmofs: Osmofs;
  /** a directory on a disk, gone after the test; it is not shared */
  readonly dir: string;
  /** an empty directory below `dir` */
  make(name: string): string;
  /** exit code 0, or the test fails; what it printed on stdout */
  ok(...args: string[]): Promise<string>;
  /** `osmofs … --format json`, parsed */
  json<T>(...args: string[]): Promise<T>;
  /** must fail with this exit code and say this, on one line of stderr */
  fails(code: number, says: RegExp | string, ...args: string[]): Promise<void>;
  status(): Promise<Status>;
}

/** For `describe`: a daemon that runs, one for each test. */
export function world(): World {
  let osmofs: Osmofs;
  let dir = '';
  let forget = () => {};
  beforeEach(async () => {
    dir = mkdtempSync('/var/tmp/osmofs-cli-');
    forget = atExit(() => remove(dir));
    osmofs = await Osmofs.start();
  });
  afterEach(async () => {
    try {
      // Some tests end the daemon themselves; `stop` wants one to stop.
      await osmofs.succeed(['daemon', 'start']);
      await osmofs.stop();
    } finally {
      forget();
      remove(dir);
    }
  });
  const ok = async (...args: string[]) => (await osmofs.succeed(args)).stdout;
  const json = async <T>(...args: string[]) => JSON.parse(await ok(...args, '--format', 'json')) as T;
  return {
    get osmofs() {
      return osmofs;
    },
    get dir() {
      return dir;
    },
    make(name) {
      mkdirSync(`${dir}/${name}`, { recursive: true });
      return `${dir}/${name}`;
    },
    ok,
    json,
    fails: async (code, says, ...args) => assertFailed(await osmofs.run(args), code, says),
    status: () => json<Status>('status'),
  };
}

export function assertFailed(ran: Ran, code: number, says: RegExp | string): void {
  assert.equal(ran.code, code, ran.stderr + ran.stdout);
  assert.equal(ran.stdout, '');
  assert.match(ran.stderr, /^osmofs: [^\n]+\n$/);
  if (typeof says === 'string') assert.ok(ran.stderr.includes(says), `${ran.stderr}does not contain\n${says}`);
  else assert.match(ran.stderr, says);
}

/** Waits until `condition` holds; for what another process does. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + PATIENCE;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`not within ${PATIENCE / 1000} s: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

export function isMounted(target: string): boolean {
  return mountedTargets().includes(target);
}

/** Whether the process has ended; one that nobody has waited for counts as ended. */
export function isGone(pid: number): boolean {
  try {
    return /^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return true;
  }
}

/** Runs osmofs as another user, with another home and its own XDG directories below it. */
export function runAs(uid: number, home: string, args: string[]): Promise<Ran> {
  const environment = {
    PATH: process.env.PATH,
    HOME: home,
    XDG_CONFIG_HOME: `${home}/c`,
    XDG_STATE_HOME: `${home}/s`,
    XDG_RUNTIME_DIR: `${home}/r`,
  };
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...environment, OSMOFS_NO_BUILD: '1' },
    uid,
    gid: uid,
    cwd: '/',
  });
  return new Promise((resolve, reject) => {
    const ran = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        ran[name] += text;
      });
    }
    child.once('error', reject).once('close', (code) => resolve({ code: code ?? -1, ...ran }));
  });
}

/** A home for {@link runAs}. */
export function homeFor(uid: number, path: string): string {
  for (const each of [path, `${path}/c`, `${path}/s`, `${path}/r`]) {
    mkdirSync(each, { mode: 0o700 });
    chownSync(each, uid, uid);
  }
  return path;
}

function remove(dir: string): void {
  for (const target of mountedTargets().reverse()) {
    if (target.startsWith(`${dir}/`)) spawnSync('umount', ['-l', target], { stdio: 'ignore' });
  }
  rmSync(dir, { recursive: true, force: true });
}
