/**
 * The VMs: what is on disk of them and what runs. A VM outlives the daemon; the next one adopts it. One thing at a time
 * happens to a VM, several VMs are independent.
 */
import { EventEmitter } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { mergeVmConfig, readVmConfig, type VmFlags, writeVmConfig } from '../vm/config.js';
import { type VmFiles, vmFiles } from '../vm/files.js';
import { type Flock, takeLock } from '../vm/lock.js';
import { checkPlan, type Facts } from '../vm/plan.js';
import { findRunner } from '../vm/recover.js';
import { askRunner } from '../vm/runner-client.js';
import type { Agents } from './agents.js';
import type { Log } from './log.js';
import { LOCAL_GUEST, NAME_HINT, NAME_PATTERN } from './mount-options.js';
import { createPrivate } from './paths.js';
import { messageOf, Problem } from './problem.js';
import { type PowerOff, RunningVm } from './running-vm.js';
import type { Vm, VmStarted, VmState } from './vm-api.js';
import { withProblems } from './vm-problem.js';
import { startVm } from './vm-start.js';
import { runningView, stoppedView, vmNames } from './vm-view.js';

export interface VmsOptions {
  /** of all VMs, one directory each */
  readonly directory: string;
  readonly cacheDirectory: string;
  readonly uid: number;
  /** bytes of a unix socket's path */
  readonly socketLimit: number;
  readonly agents: Agents;
  readonly flock: Flock;
  readonly facts: () => Facts;
  readonly powerOff: PowerOff;
  /** makes the mounts again that wait for this guest; a start is over when that is */
  readonly restoreMounts: (guest: string) => Promise<void>;
  readonly log: Log;
  /** the runner's program; another one in tests */
  readonly runnerEntry?: string;
}

/** A start that goes on: how to end it, and when it is over. */
interface Start {
  readonly abort: AbortController;
  readonly over: Promise<unknown>;
}

type Busy = 'starting' | 'stopping' | 'removing';
/** One line of progress. */
export type Tell = (step: string) => void;

export class Vms extends EventEmitter<{ removed: [name: string] }> {
  readonly #options: VmsOptions;
  readonly #running = new Map<string, RunningVm>();
  readonly #busy = new Map<string, Busy>();
  readonly #starts = new Map<string, Start>();

  constructor(options: VmsOptions) {
    super();
    this.#options = options;
  }

  /** Takes over the VMs that an earlier daemon left running; ends those whose runner is gone. */
  async adopt(): Promise<void> {
    for (const name of vmNames(this.#options.directory)) {
      try {
        await this.#recover(name);
      } catch (error) {
        this.#options.log('error', `VM ${name} cannot be taken over: ${messageOf(error)}`);
      }
    }
  }

  /** Lets go of all: they go on without us. What is not there yet will not be. */
  close(): void {
    for (const [name, { abort }] of this.#starts) if (!this.#running.has(name)) abort.abort(stopped(name));
    for (const vm of this.#running.values()) vm.letGo();
    this.#running.clear();
  }

  /** Whether there is a VM of that name, running or not. */
  has(name: string): boolean {
    return this.#running.has(name) || existsSync(this.#files(name).config);
  }

  async list(): Promise<Vm[]> {
    return await Promise.all(vmNames(this.#options.directory).map((name) => this.#view(name)));
  }

  /** Starts it, or says that it runs. @throws Problem */
  async start(name: string, flags: VmFlags, tell: Tell): Promise<VmStarted> {
    if (!NAME_PATTERN.test(name) || name === LOCAL_GUEST)
      throw new Problem('usage', name, 'not a name for a virtual machine', NAME_HINT);
    const abort = new AbortController();
    const refused = this.#busy.has(name);
    const start = this.#alone(name, 'starting', async () => {
      const begin = performance.now();
      const files = this.#files(name);
      const facts = this.#options.facts();
      const said = { ...readVmConfig(files.config), ...flags };
      const config = mergeVmConfig(Object.keys(flags).length > 0 ? `VM ${name}` : files.config, said);
      if (await this.#recover(name)) return await this.#alreadyRuns(name, flags);
      // Nothing is remembered that cannot be.
      checkPlan(name, config, facts);
      createPrivate(this.#options.directory);
      createPrivate(files.directory);
      writeVmConfig(files.config, said);
      const boot = await startVm({
        name,
        files,
        config,
        facts,
        cacheDirectory: this.#options.cacheDirectory,
        agents: this.#options.agents,
        runnerEntry: this.#options.runnerEntry,
        signal: abort.signal,
        tell,
        began: (vm) => this.#hold(name, vm),
      });
      await this.#options.restoreMounts(name);
      this.#options.log('info', `VM ${name} is ready, ${boot.toFixed(1)} s after its start`);
      const total = (performance.now() - begin) / 1000;
      return { vm: await this.#view(name, 'running'), started: true, seconds: { total, boot } };
    });
    if (refused) return await start;
    const entry = { abort, over: start.catch(() => {}) };
    this.#starts.set(name, entry);
    try {
      return await start;
    } finally {
      if (this.#starts.get(name) === entry) this.#starts.delete(name);
    }
  }

  /** @throws Problem if there is no such VM, or it does not end */
  async stop(name: string, force: boolean, tell: Tell): Promise<Vm> {
    this.#mustHave(name);
    const start = force ? this.#starts.get(name) : undefined;
    if (start !== undefined) await this.#stopStarting(name, start, tell);
    else
      await this.#alone(name, 'stopping', async () => {
        if (!this.#running.has(name)) await this.#recover(name);
        await this.#running.get(name)?.stop(force, this.#options.powerOff, tell);
      });
    return await this.#view(name);
  }

  /** A boot that hangs, or an image that takes its time: nothing is asked of the guest then. */
  async #stopStarting(name: string, { abort, over }: Start, tell: Tell): Promise<void> {
    abort.abort(stopped(name));
    await this.#running.get(name)?.stop(true, this.#options.powerOff, tell);
    await over;
  }

  /** All that run, side by side; the first failure is thrown when all have been tried. */
  async stopAll(force: boolean, tell: Tell): Promise<Vm[]> {
    const names = [...new Set([...this.#running.keys(), ...(force ? this.#starts.keys() : [])])];
    const ends = await Promise.allSettled(
      names.map((name) => this.stop(name, force, (step) => tell(`${name}: ${step}`))),
    );
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    return ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
  }

  /** Removes what is on disk of it, its data disk as well. @throws Problem 'busy' if it runs, without `force` */
  async remove(name: string, force: boolean, tell: Tell): Promise<Vm> {
    this.#mustHave(name);
    return await this.#alone(name, 'removing', async () => {
      await this.#recover(name);
      const vm = this.#running.get(name);
      if (vm !== undefined && !force)
        throw new Problem('busy', `VM ${name}`, 'it runs', `Stop it first: osmofs vm stop ${name}`);
      await vm?.stop(false, this.#options.powerOff, tell);
      const view = await this.#view(name, 'stopped');
      const files = this.#files(name);
      const lock = takeLock(files.lock, this.#options.flock);
      if (lock === undefined) throw new Problem('busy', `VM ${name}`, 'another process uses it', 'Try again');
      rmSync(files.sockets, { recursive: true, force: true });
      rmSync(files.directory, { recursive: true, force: true });
      lock.release();
      this.emit('removed', name);
      return view;
    });
  }

  async #alreadyRuns(name: string, flags: VmFlags): Promise<VmStarted> {
    if (Object.keys(flags).length > 0) {
      const hint = `Stop it first: osmofs vm stop ${name}`;
      throw new Problem('conflict', `VM ${name}`, 'it runs, and what is asked for counts from a start only', hint);
    }
    return { vm: await this.#view(name, this.#state(name)), started: false, seconds: { total: 0, boot: 0 } };
  }

  /** Whether it runs, after what an earlier daemon or a crash left has been taken over or cleared away. */
  async #recover(name: string): Promise<boolean> {
    if (this.#running.has(name)) return true;
    const files = this.#files(name);
    const watched = await findRunner(files, this.#options.flock);
    if (watched === undefined) {
      // Of a boot that nobody finished.
      for (const file of [files.initrd, files.token]) rmSync(file, { force: true });
      return false;
    }
    try {
      const expectation = await RunningVm.expect(this.#options.agents, files, name);
      this.#hold(name, RunningVm.hold(files, watched, expectation));
    } catch (error) {
      watched.close();
      throw error;
    }
    // The daemon before may have ended before it could say so.
    await askRunner(files.control, 'ready').catch(() => {});
    this.#options.log('info', `VM ${name} runs, and is taken over`);
    return true;
  }

  #hold(name: string, vm: RunningVm): void {
    this.#running.set(name, vm);
    void vm.ended.then(async (end) => {
      if (this.#running.get(name) !== vm) return;
      this.#running.delete(name);
      this.#options.log(
        end?.how === 'off' ? 'info' : 'warn',
        `VM ${name} ended: ${end?.why ?? 'its runner was killed'}`,
      );
      // Without its runner the hypervisor goes on, with a vsock that nobody serves.
      if (end === undefined) await findRunner(this.#files(name), this.#options.flock).then((left) => left?.close());
    });
  }

  async #alone<T>(name: string, what: Busy, work: () => Promise<T>): Promise<T> {
    const busy = this.#busy.get(name);
    if (busy !== undefined) {
      const force = busy === 'starting' ? `, or end that: osmofs vm stop --force ${name}` : '';
      throw new Problem('conflict', `VM ${name}`, `it is ${busy}`, `Try again when that is over${force}`);
    }
    this.#busy.set(name, what);
    try {
      return await withProblems(work);
    } finally {
      this.#busy.delete(name);
    }
  }

  #state(name: string): VmState {
    const busy = this.#busy.get(name);
    const runs = this.#running.has(name);
    if (busy === 'stopping') return 'stopping';
    if (busy === 'starting') return runs ? 'booting' : 'starting';
    if (!runs) return 'stopped';
    return this.#options.agents.session(name) === undefined ? 'unreachable' : 'running';
  }

  async #view(name: string, state = this.#state(name)): Promise<Vm> {
    const vm = this.#running.get(name);
    if (vm === undefined) return stoppedView(this.#files(name), state);
    return await runningView(this.#files(name), state, vm, this.#options.agents.session(name)?.version ?? null);
  }

  #mustHave(name: string): void {
    if (!this.has(name))
      throw new Problem('not-found', `VM ${name}`, 'there is none', `Make it: osmofs vm start ${name}`);
  }

  #files(name: string): VmFiles {
    return vmFiles(join(this.#options.directory, name), this.#options.uid, this.#options.socketLimit);
  }
}

function stopped(name: string): Problem {
  return new Problem('guest-failed', `VM ${name}`, 'it was stopped before it ran', `Start it: osmofs vm start ${name}`);
}
