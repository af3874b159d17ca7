import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { createPrivate, resolvePaths, type Surroundings } from '../../../host/paths.js';
import { problem } from './problems.js';
import { scratchDirectory } from './scratch-directory.js';

const linux: Surroundings = { platform: 'linux', environment: {}, home: '/home/me', uid: 1000 };
const mac: Surroundings = { platform: 'darwin', environment: {}, home: '/Users/me', uid: 501 };
const xdg = { XDG_CONFIG_HOME: '/c', XDG_STATE_HOME: '/s', XDG_RUNTIME_DIR: '/run/user/1000' };

describe('host/paths', () => {
  it('follow the XDG variables', () => {
    assert.deepEqual(resolvePaths({ ...linux, environment: xdg }), {
      config: '/c/osmofs',
      state: '/s/osmofs',
      runtime: '/run/user/1000/osmofs',
      isStandIn: false,
      configFile: '/c/osmofs/config.json',
      daemonLog: '/s/osmofs/daemon.log',
      agentLog: '/s/osmofs/agent.log',
      mountsFile: '/s/osmofs/mounts.json',
      guestMountsFile: '/s/osmofs/guest-mounts.json',
      controlSocket: '/run/user/1000/osmofs/control.sock',
      agentSocket: '/run/user/1000/osmofs/agent.sock',
      pidFile: '/run/user/1000/osmofs/daemon.pid',
      tokenFile: '/run/user/1000/osmofs/token',
      vms: '/s/osmofs/vms',
      cache: '/home/me/.cache/osmofs',
    });
  });

  it('have XDG’s defaults on Linux', () => {
    const { config, state, runtime } = resolvePaths(linux);
    assert.deepEqual(
      { config, state, runtime },
      {
        config: '/home/me/.config/osmofs',
        state: '/home/me/.local/state/osmofs',
        runtime: '/home/me/.local/state/osmofs/run',
      },
    );
  });

  it('are below ~/Library on macOS, unless a variable says otherwise', () => {
    const library = '/Users/me/Library/Application Support/osmofs';
    const { config, state, runtime } = resolvePaths(mac);
    assert.deepEqual(
      { config, state, runtime },
      { config: library, state: `${library}/state`, runtime: `${library}/state/run` },
    );
    assert.equal(resolvePaths({ ...mac, environment: xdg }).config, '/c/osmofs');
  });

  it('ignore relative variables, as XDG wants it', () => {
    const environment = { XDG_CONFIG_HOME: 'c', XDG_STATE_HOME: '', XDG_RUNTIME_DIR: './r' };
    assert.deepEqual(resolvePaths({ ...linux, environment }), resolvePaths(linux));
  });

  for (const [around, limit] of [
    [linux, 107],
    [mac, 103],
  ] as const) {
    it(`leave room for a socket path of ${limit} bytes on ${around.platform}`, () => {
      const below = (length: number) => {
        const rest = '/osmofs/control.sock'.length;
        return resolvePaths({
          ...around,
          environment: { XDG_RUNTIME_DIR: `/${'é'.repeat(8)}${'r'.repeat(length - rest - 17)}` },
        });
      };
      assert.equal(Buffer.byteLength(below(limit).controlSocket), limit);
      const short = below(limit + 1);
      assert.match(short.runtime, new RegExp(`^/tmp/osmofs-${around.uid}-[0-9a-f]{16}$`));
      assert.ok(short.isStandIn);
      assert.equal(below(limit + 1).runtime, short.runtime, 'the same for everybody');
      assert.notEqual(below(limit + 2).runtime, short.runtime, 'another for another directory');
    });
  }
});

describe('host/paths: directories', () => {
  const directory = scratchDirectory();
  const mode = (path: string) => fs.statSync(path).mode & 0o777;

  it('are made with their parents, for the owner only, whatever the umask', () => {
    const path = join(directory(), 'a/b/c');
    const umask = process.umask(0);
    try {
      createPrivate(path);
    } finally {
      process.umask(umask);
    }
    assert.equal(mode(path), 0o700);
    createPrivate(path);
  });

  it('are closed to others if they were open', () => {
    const path = join(directory(), 'open');
    fs.mkdirSync(path);
    fs.chmodSync(path, 0o755);
    createPrivate(path);
    assert.equal(mode(path), 0o700);
  });

  it('are refused where a file is', () => {
    const path = join(directory(), 'file');
    fs.writeFileSync(path, '');
    assert.throws(() => createPrivate(path), problem('bad-config', `osmofs: ${path}: not a directory`));
  });

  it('are refused where a symlink leads elsewhere', () => {
    const path = join(directory(), 'link');
    fs.mkdirSync(join(directory(), 'elsewhere'));
    fs.symlinkSync('elsewhere', path);
    assert.throws(() => createPrivate(path), problem('bad-config', 'not a directory of the user'));
  });
});
