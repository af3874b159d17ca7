/** The start of a VM, from what the user wants to the agent's hello. Whatever fails, nothing is left running. */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AGENT_PORT, TOKEN_BYTES } from '../protocol/version.js';
import { createDataDisk, writeInitrd } from '../vm/boot-files.js';
import type { VmConfig } from '../vm/config.js';
import { readEnd, type VmEnd } from '../vm/end.js';
import type { VmFiles } from '../vm/files.js';
import { bootOverlay, buildImage, KERNEL_ARGUMENTS } from '../vm/image/index.js';
import { writeLaunch } from '../vm/launch.js';
import { HOST_CID, type Machine, Socket } from '../vm/machine.js';
import { type Facts, planMachine } from '../vm/plan.js';
import { askRunner, startRunner, watchRunner } from '../vm/runner-client.js';
import type { Agents } from './agents.js';
import { messageOf, Problem } from './problem.js';
import { type Expectation, RunningVm } from './running-vm.js';

/** Every VM has a vsock device of its own, so all of them may have the same. */
const GUEST_CID = 3;
/** From the hypervisor's start to the agent's hello, ms: seconds with kvm or hvf, minutes on a slow machine without. */
export const BOOT_PATIENCE = 180_000;
/** Lines of the console in the error of a boot that failed. */
const LAST_LINES = 5;

export interface StartInput {
  readonly name: string;
  readonly files: VmFiles;
  readonly config: VmConfig;
  readonly facts: Facts;
  readonly cacheDirectory: string;
  readonly agents: Agents;
  /** the runner's program; another one in tests */
  readonly runnerEntry: string | undefined;
  /** aborted: it shall not run after all; the start throws the reason */
  readonly signal: AbortSignal;
  /** one line for each step */
  tell(step: string): void;
  /** it can be stopped from here on */
  began(vm: RunningVm): void;
}

/** @returns seconds from the hypervisor's start to the hello. @throws Problem, VmFailure, ImageError */
export async function startVm(input: StartInput): Promise<number> {
  const { files, agents, name, tell, signal } = input;
  const forget = () => {
    for (const file of [files.initrd, files.token]) rmSync(file, { force: true });
  };
  let machine: Machine;
  let expectation: Expectation;
  try {
    machine = await prepare(input);
    signal.throwIfAborted();
    expectation = await RunningVm.expect(agents, files, name);
  } catch (error) {
    forget();
    throw error;
  }
  let vm: RunningVm;
  const begin = performance.now();
  try {
    tell(`starting ${describe(machine)}`);
    await startRunner(files, input.runnerEntry);
    vm = RunningVm.hold(files, await watchRunner(files.control), expectation);
  } catch (error) {
    expectation.close();
    forget();
    // One that ended before it could be watched has said why.
    const end = readEnd(files.end);
    throw end === undefined ? error : didNotBoot(name, end.why, end, error);
  }
  input.began(vm);
  tell('booting');
  await hello(input, vm);
  return (performance.now() - begin) / 1000;
}

/** Everything on disk that the runner needs. */
async function prepare({ files, config, facts, name, cacheDirectory, tell, signal }: StartInput): Promise<Machine> {
  const image =
    config.kernel === null || config.initrd === null
      ? await buildImage({ cacheDirectory, progress: tell, signal })
      : { kernel: config.kernel, initrd: config.initrd };
  const machine = planMachine({
    name,
    config,
    facts,
    kernel: image.kernel,
    initrd: files.initrd,
    kernelArguments: KERNEL_ARGUMENTS,
    sockets: files.sockets,
    dataDisk: files.dataDisk,
    cid: GUEST_CID,
    ports: [AGENT_PORT],
  });
  const token = randomBytes(TOKEN_BYTES);
  rmSync(files.token, { force: true });
  writeFileSync(files.token, `${token.toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
  const address = `vsock:${HOST_CID}:${AGENT_PORT}`;
  writeInitrd(files.initrd, image.initrd, bootOverlay({ guest: name, hostname: name, token, address }));
  if (config.dataDiskMiB > 0) createDataDisk(files.dataDisk, config.dataDiskMiB);
  for (const directory of [files.sockets, join(files.sockets, Socket.VSOCK)]) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    chmodSync(directory, 0o700);
  }
  rmSync(files.end, { force: true });
  writeLaunch(files.launch, { name, cid: GUEST_CID, machine });
  return machine;
}

/** Ready is the agent's hello. A VM that does not come to that is ended, and its last lines are in the error. */
async function hello({ agents, name, files, signal }: StartInput, vm: RunningVm): Promise<void> {
  const over = new AbortController();
  const died = vm.ended.then((end) => {
    over.abort(new Error(end === undefined ? 'its runner was killed' : end.why));
    return end;
  });
  // Of the moment between the hypervisor's start and now.
  if (signal.aborted) await askRunner(files.control, 'kill').catch(() => {});
  try {
    await agents.whenConnected(name, BOOT_PATIENCE, over.signal);
    // One that has ended meanwhile is noticed by others.
    await askRunner(files.control, 'ready').catch(() => {});
  } catch (error) {
    if (!over.signal.aborted) await askRunner(files.control, 'kill').catch(() => {});
    throw didNotBoot(name, error instanceof Problem ? error.what : messageOf(error), await died, error);
  }
}

function didNotBoot(name: string, why: string, end: VmEnd | undefined, cause: unknown): Problem {
  const lines = (end?.lastLines ?? []).slice(-LAST_LINES).map((line) => line.trim());
  const said = lines.length === 0 ? '' : `; its console: ${lines.join(' | ')}`;
  return new Problem('guest-failed', `VM ${name}`, `it did not boot: ${why}${said}`, `See: osmofs vm logs ${name}`, {
    cause,
  });
}

function describe(machine: Machine): string {
  const size = `CPUs: ${machine.cpus}, ${machine.memoryMiB} MiB`;
  return machine.hypervisor === 'qemu'
    ? `QEMU (${machine.accelerator}, ${machine.machine}, ${size})`
    : `${machine.hypervisor} (${size})`;
}
