import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Status } from '../../host/api.js';
import { packageRoot } from '../paths.js';
import { family } from '../processes.js';
import type { Mounted, MountOptions, Target } from './target.js';

const run = promisify(execFile);

/** One daemon of its own: config, state and sockets lie in the scratch directory. */
class Instance {
  readonly #environment: NodeJS.ProcessEnv;

  constructor(scratch: string) {
    this.#environment = {
      ...process.env,
      OSMOFS_NO_BUILD: '1',
      XDG_CONFIG_HOME: `${scratch}/config`,
      XDG_STATE_HOME: `${scratch}/state`,
      XDG_RUNTIME_DIR: `${scratch}/run`,
    };
    mkdirSync(`${scratch}/run`, { mode: 0o700 });
  }

  async command(...args: string[]): Promise<string> {
    const { stdout } = await run(`${packageRoot}bin/osmofs`, args, { env: this.#environment });
    return stdout;
  }

  async status(): Promise<Status> {
    return JSON.parse(await this.command('status', '--format', 'json')) as Status;
  }

  /** Unmounts, then ends the daemon and with it the agent; returns when both are gone. */
  async end(): Promise<void> {
    await this.command('umount', '--all');
    await this.command('daemon', 'stop');
  }
}

async function mountIn(instance: Instance, options: MountOptions, dir: string): Promise<Mounted> {
  const ownership = options.kernelPermissions ? 'strict' : 'caller';
  await instance.command('share', 'add', options.host);
  await instance.command('mount', options.host, dir, '--consistency', 'consistent', '--ownership', ownership);
  const { daemon } = await instance.status();
  const statistics = async () => (await instance.status()).mounts[0]?.statistics ?? undefined;
  let ended: Promise<void> | undefined;
  return {
    target: 'osmofs',
    dir,
    host: options.host,
    servers: () => family(daemon.pid),
    nodes: async () => (await statistics())?.nodes,
    requests: async () => (await statistics())?.requests,
    end: () => {
      ended ??= instance.end();
      return ended;
    },
  };
}

/** The system itself, through its own command line: mode `consistent`, guest `local`. */
export const osmofs: Target = {
  name: 'osmofs',
  async mount(options) {
    const dir = `${options.scratch}/mnt`;
    mkdirSync(dir);
    const instance = new Instance(options.scratch);
    try {
      return await mountIn(instance, options, dir);
    } catch (error) {
      // The failure that is told is the first one; a daemon that never ran cannot be stopped.
      await instance.end().catch(() => {});
      throw error;
    }
  },
};
