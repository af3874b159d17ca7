/** A VM that runs, as the daemon holds it: its runner watched, its agent expected, its end waited for. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { AGENT_PORT, TOKEN_BYTES } from '../protocol/version.js';
import type { VmEnd } from '../vm/end.js';
import { VmFailure } from '../vm/failure.js';
import type { VmFiles } from '../vm/files.js';
import { type Launch, readLaunch } from '../vm/launch.js';
import { vsockPort } from '../vm/machine.js';
import { askRunner, type Watched } from '../vm/runner-client.js';
import type { RunnerStatus } from '../vm/runner-control.js';
import { type StopStep, stopInSteps } from '../vm/stop.js';
import type { Agents } from './agents.js';
import { Problem } from './problem.js';

/** How long each step of an orderly end may take, ms. */
const PATIENCE = { powerOff: 20_000, powerButton: 10_000, kill: 10_000 } as const;

/** Resolves when the guest's agent has been told to power off. @throws Error if it cannot be told */
export type PowerOff = (guest: string) => Promise<void>;

export class RunningVm {
  readonly launch: Launch;
  /** resolves when nothing of it runs any more; undefined: nobody was left to say how */
  readonly ended: Promise<VmEnd | undefined>;
  readonly #files: VmFiles;
  readonly #watched: Watched;

  private constructor(files: VmFiles, watched: Watched, expectation: Expectation) {
    this.#files = files;
    this.#watched = watched;
    this.launch = readLaunch(files.launch);
    this.ended = watched.ended.then((end) => {
      expectation.close();
      for (const file of [files.initrd, files.token]) rmSync(file, { force: true });
      return end;
    });
  }

  /** Lets its agent in, with the token of this boot. Before the VM is started: the agent connects only once a second. */
  static async expect(agents: Agents, files: VmFiles, guest: string): Promise<Expectation> {
    const token = Buffer.from(readFileSync(files.token, 'latin1').trim(), 'hex');
    if (token.length !== TOKEN_BYTES) throw new VmFailure('failed', files.token, 'is not a token', 'Restart the VM');
    return await agents.expectGuest({ guest, token, socketPath: join(files.sockets, vsockPort(AGENT_PORT)) });
  }

  static hold(files: VmFiles, watched: Watched, expectation: Expectation): RunningVm {
    return new RunningVm(files, watched, expectation);
  }

  /** As of now, or as of the beginning if the runner is slow. */
  async status(): Promise<RunnerStatus> {
    return await askRunner<RunnerStatus>(this.#files.control, 'status').catch(() => this.#watched.status);
  }

  /** Ends it: agent, power button, kill; with `force` the last only. @throws Problem if it does not end */
  async stop(force: boolean, powerOff: PowerOff, tell: (step: string) => void): Promise<void> {
    const { control } = this.#files;
    const steps: StopStep[] = [
      {
        name: 'asking the guest to power off',
        patience: PATIENCE.powerOff,
        act: () => powerOff(this.launch.name),
      },
      {
        name: 'pressing the power button',
        patience: PATIENCE.powerButton,
        act: async () => void (await askRunner(control, 'power')),
      },
      {
        name: 'ending the hypervisor',
        patience: PATIENCE.kill,
        act: async () => void (await askRunner(control, 'kill')),
      },
    ];
    const done = await stopInSteps(force ? steps.slice(-1) : steps, this.ended, tell);
    if (done === undefined) {
      const { name } = this.launch;
      const { runner, hypervisor } = this.#watched.status;
      throw new Problem('timed-out', `VM ${name}`, 'it does not end', `Kill it: kill -9 ${hypervisor} ${runner}`);
    }
  }

  /** It goes on; we look away. */
  letGo(): void {
    this.#watched.close();
  }
}

export interface Expectation {
  close(): void;
}
