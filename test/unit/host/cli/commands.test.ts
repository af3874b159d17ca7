import assert from 'node:assert/strict';
import type { Mount, Status } from '../../../../host/api.js';
import { Problem } from '../../../../host/problem.js';
import { answering, nobody, osmofs } from './fake-context.js';

const site: Mount = {
  id: 1,
  name: 'site',
  source: '/home/me/site',
  target: '/mnt/site',
  guest: 'local',
  consistency: { requested: 'cached', granted: 'consistent' },
  ownership: { kind: 'strict', uid: 5 },
  readOnly: true,
  state: 'mounted',
  since: '2024-01-01T00:00:00.000Z',
};

const status: Status = {
  daemon: { pid: 7, version: '0.1.0', since: site.since, uptimeSeconds: 3700, rss: 50 << 20, log: '/s/daemon.log' },
  shares: [{ path: '/home/me', present: true, source: 'default' }],
  agents: [{ guest: 'local', version: '0.1.0', protocol: '1.0', features: [], rss: 40 << 20, pid: 8 }],
  mounts: [
    {
      ...site,
      statistics: {
        requests: { LOOKUP: 3, READ: 4 },
        errors: { LOOKUP: 1 },
        nodes: 2,
        handles: 1,
        descriptors: 2,
        bytesRead: 2048,
        bytesWritten: 0,
        watched: 3,
        unwatched: 1,
        announced: 7,
        injected: 5,
        injectFailed: 0,
        resets: 2,
      },
      answeredByAgent: 5,
    },
    { ...site, id: 2, name: 'stuck', statistics: null, answeredByAgent: null },
  ],
};

describe('host/cli: without a daemon', () => {
  for (const argv of [['ls'], ['status'], ['umount', '--all'], ['daemon', 'stop']]) {
    it(`${argv.join(' ')} fails with exit code 3 and says how to start one`, async () => {
      assert.deepEqual(await osmofs(argv, nobody), {
        code: 3,
        stdout: '',
        stderr: 'osmofs: daemon: not running. Start it: osmofs daemon start\n',
      });
    });
  }

  it('daemon status says so, and exits with 3', async () => {
    assert.deepEqual(await osmofs(['daemon', 'status'], nobody), {
      code: 3,
      stdout: 'daemon not running\n',
      stderr: '',
    });
    const { code, stdout } = await osmofs(['daemon', 'status', '--format', 'json'], nobody);
    assert.deepEqual([code, JSON.parse(stdout)], [3, { running: false }]);
  });

  it('share ls reads the configuration', async () => {
    const { code, stdout } = await osmofs(['share', 'ls'], nobody);
    assert.equal(code, 0);
    assert.deepEqual(
      stdout.split('\n').map((line) => line.split(/ {2,}/)),
      [['ROOT', 'FROM', 'STATE'], ['/nowhere/home', 'default', 'missing'], ['/', 'default', 'present'], ['']],
    );
  });
});

describe('host/cli: with a daemon', () => {
  it('ls shows each mount, and the mode that was asked for where it is another', async () => {
    const { stdout } = await osmofs(['ls'], answering([site]));
    assert.deepEqual(
      stdout.split('\n').map((line) => line.split(/ {2,}/)),
      [
        ['NAME', 'SOURCE', 'TARGET', 'GUEST', 'MODE', 'OWNERSHIP', 'ACCESS', 'STATE'],
        ['site', '/home/me/site', '/mnt/site', 'local', 'consistent (asked: cached)', 'strict 5:0', 'ro', 'mounted'],
        [''],
      ],
    );
    assert.deepEqual(JSON.parse((await osmofs(['ls', '--format', 'json'], answering([site]))).stdout), [site]);
  });

  it('ls has only its head where nothing is mounted', async () => {
    assert.equal((await osmofs(['ls'], answering([]))).stdout.trim().split(/ +/).length, 8);
    assert.equal((await osmofs(['ls', '--format', 'json'], answering([]))).stdout, '[]\n');
  });

  it('a table of a hostile name stays a table', async () => {
    const { stdout } = await osmofs(['ls'], answering([{ ...site, target: '/a\n\x1b[2Jb' }]));
    assert.equal(stdout.trimEnd().split('\n').length, 2);
    assert.ok(!stdout.includes('\x1b'));
  });

  it('status shows everything', async () => {
    const { stdout } = await osmofs(['status'], answering(status));
    assert.match(stdout, /: once a directory could not be watched/);
    assert.match(stdout, /: events of the host were lost 2 times/);
    assert.doesNotMatch(stdout, /could not be told/);
    for (const text of [
      'daemon 0.1.0, pid 7, up 1h 1m, 50 MiB resident, log /s/daemon.log',
      'local  0.1.0    1.0       8    40 MiB',
    ]) {
      assert.ok(stdout.includes(text), stdout);
    }
    const rows = stdout.split('\n').map((line) => line.split(/ {2,}/));
    assert.deepEqual(rows.find(([name]) => name === 'site')!.slice(4), ['7', '1', '2', '1', '2.0 KiB', '0 B']);
    assert.deepEqual(rows.find(([name]) => name === 'stuck')!.slice(4), ['-', '-', '-', '-', '-', '-']);
    assert.deepEqual(JSON.parse((await osmofs(['status', '--format', 'json'], answering(status))).stdout), status);
  });

  it('mount sends what was said, and tells of a stricter mode on stderr', async () => {
    const seen: unknown[] = [];
    const { code, stdout, stderr } = await osmofs(
      ['mount', 'site:/mnt/site:ro', '--consistency', 'cached'],
      answering(site, seen),
    );
    assert.deepEqual([code, stdout], [0, 'site: /home/me/site is at /mnt/site\n']);
    assert.equal(stderr, 'osmofs: site: cached was asked for, consistent (stricter) is granted\n');
    const body = { source: '/work/site', target: '/mnt/site', guest: 'local', consistency: 'cached', readOnly: true };
    assert.deepEqual(seen.at(-1), ['POST', '/v1/mounts', body]);
  });

  it('mount with JSON prints the mount and nothing else', async () => {
    const { stdout, stderr } = await osmofs(['mount', 'a', 'b', '--format', 'json'], answering(site));
    assert.deepEqual([JSON.parse(stdout), stderr], [site, '']);
  });

  for (const [argv, select] of [
    [['web'], { name: 'web', target: '/work/web' }],
    [['./web'], { target: '/work/./web' }],
    [['/mnt/web'], { target: '/mnt/web' }],
    [['--all'], 'all'],
  ] as const) {
    it(`umount ${argv} selects ${JSON.stringify(select)}`, async () => {
      const seen: unknown[] = [];
      const { stdout } = await osmofs(['umount', ...argv, '--lazy'], answering([site], seen));
      assert.deepEqual(seen, [['DELETE', '/v1/mounts', { select, lazy: true }]]);
      assert.equal(stdout, 'site: /mnt/site is unmounted\n');
    });
  }

  it('what the daemon refuses is shown with its exit code', async () => {
    const refuse = (code: Problem['code']) => (method: string) => {
      if (method !== 'GET') throw new Problem(code, '/x', 'wrong', 'Do this');
      return { pid: 7, version: '0.1.0' };
    };
    assert.deepEqual(await osmofs(['mount', '/x', '/y'], refuse('not-shared')), {
      code: 1,
      stdout: '',
      stderr: 'osmofs: /x: wrong. Do this\n',
    });
    assert.equal((await osmofs(['umount', 'x'], refuse('not-found'))).code, 4);
    const { stderr } = await osmofs(['share', 'rm', '/x', '--format', 'json'], refuse('conflict'));
    assert.deepEqual(JSON.parse(stderr), { error: { code: 'conflict', message: '/x: wrong', hint: 'Do this' } });
  });

  it('a defect shows its stack and exit code 1', async () => {
    const { code, stderr } = await osmofs(['ls'], () => {
      throw new TypeError('x is not a function');
    });
    assert.equal(code, 1);
    assert.match(stderr, /TypeError: x is not a function\n +at /);
    assert.match(stderr, /\nosmofs: defect: x is not a function\. Please report it/);
  });

  it('daemon start says whether it had to', async () => {
    assert.equal((await osmofs(['daemon', 'start'], answering(undefined))).stdout, 'daemon already runs, pid 7\n');
    assert.equal(
      (await osmofs(['daemon', 'status'], answering(undefined))).stdout,
      'daemon runs, pid 7, version 0.1.0\n',
    );
  });

  it('daemon stop names what it unmounted', async () => {
    const { stdout } = await osmofs(['daemon', 'stop'], answering({ pid: 7, unmounted: ['site'] }));
    assert.equal(stdout, 'site: unmounted\ndaemon stopped, pid 7\n');
  });

  it('share add and rm say what changed', async () => {
    const answer = answering({ path: '/srv', present: true, source: 'config' });
    assert.equal((await osmofs(['share', 'add', '/srv'], answer)).stdout, '/srv: shared\n');
    assert.equal((await osmofs(['share', 'rm', '/srv'], answer)).stdout, '/srv: no longer shared\n');
  });
});
