/**
 * One VM's process: holds its lock and its vsock device, supervises its hypervisor, writes its console log, answers on
 * its control socket, and ends with it.
 */
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ConsoleHub } from './console-hub.js';
import { ConsoleLog, tellingLines } from './console-log.js';
import { type VmEnd, writeEnd } from './end.js';
import { VmFailure } from './failure.js';
import type { VmFiles } from './files.js';
import { type Exit, HypervisorProcess } from './hypervisor-process.js';
import { hypervisorOf } from './hypervisors/index.js';
import { type Launch, readLaunch } from './launch.js';
import { type Flock, takeLock, type VmLock } from './lock.js';
import { Socket } from './machine.js';
import { ResetLimit } from './resets.js';
import { RunnerControl } from './runner-control.js';
import type { Device, OpenDevice } from './runner-device.js';

export interface SupervisorOptions {
  readonly files: VmFiles;
  readonly flock: Flock;
  readonly openDevice: OpenDevice;
  log(level: 'error' | 'warn' | 'info' | 'debug', text: string): void;
}

/** Lines of the console in an end that nobody wanted, and those they are picked from. */
const LAST_LINES = 20;
const REMEMBERED_LINES = 200;

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #launch: Launch;
  readonly #lock: VmLock;
  readonly #console: ConsoleLog;
  readonly #since = new Date();
  readonly #resets = new ResetLimit();
  #device: Device | undefined;
  #hypervisor: HypervisorProcess | undefined;
  #hub: ConsoleHub | undefined;
  #control: RunnerControl | undefined;
  /** why we end the hypervisor, if it is us */
  #wanted: Pick<VmEnd, 'how' | 'why'> | undefined;
  /** the hypervisor's own word for why it ends */
  #reason = '';

  private constructor(options: SupervisorOptions, lock: VmLock) {
    this.#options = options;
    this.#lock = lock;
    this.#launch = readLaunch(options.files.launch);
    this.#console = new ConsoleLog(options.files.consoleLog);
  }

  /** Resolves when the hypervisor runs. @throws VmFailure; nothing is left running then */
  static async start(options: SupervisorOptions): Promise<Supervisor> {
    const lock = takeLock(options.files.lock, options.flock);
    if (lock === undefined)
      throw new VmFailure('conflict', options.files.directory, 'another process runs this VM', 'See: osmofs vm ls');
    const supervisor = new Supervisor(options, lock);
    try {
      await supervisor.#begin();
      return supervisor;
    } catch (error) {
      await supervisor.#abandon();
      throw error;
    }
  }

  /** Ends the hypervisor now. */
  kill(why: string): void {
    this.#wanted ??= { how: 'killed', why };
    this.#hypervisor?.kill();
  }

  /** Resolves when the hypervisor has ended and all is written and cleaned up. */
  async ended(): Promise<VmEnd> {
    const end = this.#describe(await this.#hypervisor!.exited);
    const { files, log } = this.#options;
    log(end.how === 'crashed' ? 'error' : 'info', `ended: ${end.how}, ${end.why}`);
    writeEnd(files.end, end);
    this.#hub?.close();
    await this.#device?.close();
    this.#clear();
    // Last, so that who is told of the end can start the VM anew at once.
    if (this.#control === undefined) this.#lock.release();
    else await this.#control.close(end, () => this.#lock.release());
    return end;
  }

  async #begin(): Promise<void> {
    const { files, log, openDevice } = this.#options;
    const { machine, name, cid } = this.#launch;
    rmSync(files.end, { force: true });
    const vsock = join(files.sockets, Socket.VSOCK);
    mkdirSync(vsock, { recursive: true, mode: 0o700 });
    for (const directory of [files.sockets, vsock]) chmodSync(directory, 0o700);
    this.#clear();
    if (!hypervisorOf(machine).ownVsock)
      this.#device = await openDevice({ socketPath: join(files.sockets, Socket.DEVICE), directory: vsock, cid, log });
    this.#hypervisor = new HypervisorProcess(machine, this.#lock.fd);
    this.#lock.note(this.#hypervisor.pid);
    const { output, input } = await this.#hypervisor.connect({
      reset: () => this.#reset(),
      shutdown: (reason) => {
        this.#reason = reason;
      },
    });
    this.#hub = new ConsoleHub(output, input, this.#console);
    const hub = this.#hub;
    this.#control = new RunnerControl({
      status: () => ({
        name,
        cid,
        runner: process.pid,
        hypervisor: this.#hypervisor!.pid,
        since: this.#since.toISOString(),
        resets: this.#resets.total,
        rss: process.memoryUsage.rss(),
      }),
      ready: () => this.#resets.ready(),
      power: () => this.#hypervisor!.powerButton(),
      kill: () => this.kill('it was asked to'),
      attach: (socket) => hub.attach(socket),
    });
    await this.#control.listen(files.control);
    log('info', `${machine.hypervisor} runs ${name}, pid ${this.#hypervisor.pid}`);
  }

  #reset(): void {
    const before = this.#resets.total;
    const tooMany = this.#resets.count(performance.now());
    if (this.#resets.total > before) this.#options.log('info', 'the guest was reset');
    if (!tooMany) return;
    this.#wanted ??= { how: 'crashed', why: 'the guest restarted again and again' };
    this.#hypervisor?.kill();
  }

  #describe({ code, signal }: Exit): VmEnd {
    const at = new Date().toISOString();
    const lastLines = tellingLines(this.#console.lastLines(REMEMBERED_LINES), LAST_LINES);
    if (this.#wanted !== undefined) return { ...this.#wanted, at, lastLines };
    if (code === 0 && !this.#reason.startsWith('host-'))
      return { how: 'off', why: 'the guest powered off', at, lastLines };
    if (code === 0) return { how: 'killed', why: `the hypervisor was told to end (${this.#reason})`, at, lastLines };
    const complaints = this.#hypervisor!.complaints();
    const how = signal === null ? `exit code ${code}` : `by ${signal}`;
    const why = `the hypervisor ended, ${how}${complaints.length === 0 ? '' : `: ${complaints.at(-1)}`}`;
    return { how: 'crashed', why, at, lastLines };
  }

  async #abandon(): Promise<void> {
    this.#hypervisor?.kill();
    await this.#hypervisor?.exited;
    await this.#device?.close();
    this.#clear();
    this.#lock.release();
  }

  /** Sockets that are ours; those that the daemon listens on are not. */
  #clear(): void {
    const ours = [Socket.CONTROL, Socket.MONITOR, Socket.DEVICE, Socket.TTY, Socket.CONSOLE_RING];
    for (const name of ours) rmSync(join(this.#options.files.sockets, name), { force: true });
    rmSync(join(this.#options.files.sockets, Socket.VSOCK, 'connect'), { force: true });
  }
}
