/** A share mounted on this machine by a daemon of its own, with the processes by name: to be killed, stopped, starved. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import type { Status } from '../../../host/api.js';
import { eventually } from '../../host/support/eventually.js';
import { atExit } from '../../support/at-exit.js';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/bare-directory.js';
import { mountedTargets, Osmofs } from '../../support/osmofs.js';
import { Peer } from '../../support/peer.js';

export class World {
  readonly #temporary: TemporaryDirectory = temporaryDirectory();
  readonly #peers: Peer[] = [];
  readonly #undo: (() => void)[] = [];
  osmofs!: Osmofs;

  /** `options`: of osmofs mount. `tmpfs`: size of a file system of its own for the share, as mount(8) takes it. */
  static async open(options: string[] = [], tmpfs?: string): Promise<World> {
    const world = new World();
    mkdirSync(world.host);
    try {
      if (tmpfs !== undefined) world.#mountTmpfs(tmpfs);
      world.osmofs = await Osmofs.start();
      await world.mount(world.guest, options);
    } catch (error) {
      await world.close().catch(() => undefined);
      throw error;
    }
    return world;
  }

  /** The share on the host. */
  get host(): string {
    return `${this.#temporary.dir}/host`;
  }

  /** Where it is mounted. */
  get guest(): string {
    return `${this.#temporary.dir}/guest`;
  }

  /** Beside both. */
  at(name: string): string {
    return `${this.#temporary.dir}/${name}`;
  }

  async mount(target: string, options: string[] = []): Promise<void> {
    await this.osmofs.mount(this.host, target, ['--consistency', 'consistent', ...options]);
  }

  /** A process that uses the mount, and may get stuck there. */
  peer(): Peer {
    const peer = new Peer();
    this.#peers.push(peer);
    return peer;
  }

  async status(): Promise<Status> {
    const { stdout } = await this.osmofs.succeed(['status', '--format', 'json']);
    return JSON.parse(stdout) as Status;
  }

  async daemonPid(): Promise<number> {
    return (await this.status()).daemon.pid;
  }

  async agentPid(): Promise<number> {
    const [agent] = (await this.status()).agents;
    if (typeof agent?.pid !== 'number') throw new Error('no agent runs');
    return agent.pid;
  }

  log(which: 'daemon' | 'agent'): string {
    return readFileSync(`${this.osmofs.home}/state/osmofs/${which}.log`, 'utf8');
  }

  isMounted(target = this.guest): boolean {
    return mountedTargets().includes(target);
  }

  async untilUnmounted(target = this.guest): Promise<void> {
    await eventually(`the end of the mount at ${target}`, () => !this.isMounted(target));
  }

  async untilGone(pid: number): Promise<void> {
    await eventually(`the end of process ${pid}`, () => !this.osmofs.processes().some((each) => each.pid === pid));
  }

  /** Ends everything; fails if something stays behind. */
  async close(): Promise<void> {
    for (const peer of this.#peers.splice(0)) await peer.end();
    try {
      // After the death of a daemon the next one has to be able to clear up.
      if (this.osmofs !== undefined) await this.osmofs.stop();
    } finally {
      for (const undo of this.#undo.splice(0).reverse()) undo();
      this.#temporary.remove();
    }
  }

  #mountTmpfs(size: string): void {
    const options = `size=${size},mode=755`;
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'osmofs-fault', this.host], { stdio: 'pipe' });
    const unmount = () => execFileSync('umount', ['-l', this.host], { stdio: 'pipe' });
    const forget = atExit(unmount);
    this.#undo.push(() => {
      forget();
      unmount();
    });
  }
}

/** Why a test that needs to mount something cannot run here, or undefined. */
export function cannotMount(): string | undefined {
  return process.getuid?.() === 0 ? undefined : 'only root may mount a file system';
}
