/** The hypervisor as a child of the runner: its start, its monitor, its console, what it complained of, its end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { printableLines } from './console-log.js';
import { VmFailure } from './failure.js';
import { hypervisorOf, toArgv } from './hypervisors/index.js';
import type { Monitor, MonitorEvents } from './hypervisors/monitor.js';
import { Qmp } from './hypervisors/qmp.js';
import { type Machine, Socket } from './machine.js';

/** From the start to an answer of the monitor, ms; QEMU maps all of the guest's memory before. */
const MONITOR_PATIENCE = 30_000;
const PAUSE = 20;
/** Bytes of stderr that are remembered. */
const COMPLAINTS = 4 * 1024;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class HypervisorProcess {
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  readonly #machine: Machine;
  #complaints = '';
  #gone = false;
  #monitor: Monitor | undefined;

  /** @param inherited a descriptor that it shall hold as long as it lives */
  constructor(machine: Machine, inherited: number) {
    const [program, ...words] = toArgv(machine);
    this.#machine = machine;
    this.#child = spawn(program!, words, { cwd: '/', stdio: ['pipe', 'pipe', 'pipe', inherited] });
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#complaints = (this.#complaints + text).slice(-COMPLAINTS);
    });
    this.exited = new Promise<Exit>((resolve) => {
      this.#child.once('error', (error) => {
        this.#complaints += error.message;
        resolve({ code: null, signal: null });
      });
      this.#child.once('close', (code, signal) => resolve({ code, signal }));
    });
    void this.exited.then(() => {
      this.#gone = true;
      this.#monitor?.close();
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  complaints(): string[] {
    return printableLines(this.#complaints);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** @throws Error if there is none, or it does not answer */
  async powerButton(): Promise<void> {
    if (this.#monitor === undefined) throw new Error('this hypervisor has no power button');
    await this.#monitor.powerButton();
  }

  /** Resolves when the hypervisor runs and can be talked to. @throws VmFailure if it does not come to that */
  async connect(events: MonitorEvents): Promise<{ output: Readable; input: Writable }> {
    const kind = hypervisorOf(this.#machine);
    const path = join(this.#machine.sockets, Socket.MONITOR);
    if (kind.monitor === 'qmp') this.#monitor = await this.#patiently('its monitor', () => Qmp.open(path, events));
    else if (kind.monitor === 'rest') this.#monitor = await this.#patiently('its monitor', () => restAt(path));
    if (kind.console === 'stdio') return { output: this.#child.stdout!, input: this.#child.stdin! };
    const tty = join(this.#machine.sockets, Socket.TTY);
    return await this.#patiently('its console', () => openTty(tty));
  }

  /** Tries until it works or the hypervisor has ended: it makes its sockets in its own time. */
  async #patiently<T>(what: string, attempt: () => Promise<T>): Promise<T> {
    const end = Date.now() + MONITOR_PATIENCE;
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        const late = Date.now() > end;
        if (this.#gone || late) {
          const why = this.complaints().at(-1) ?? (error as Error).message;
          const say = this.#gone ? `does not start: ${why}` : `${what} does not answer: ${why}`;
          throw new VmFailure('failed', this.#machine.program, say, 'See: osmofs doctor', { cause: error });
        }
      }
      await Promise.race([delay(PAUSE), this.exited]);
    }
  }
}

async function restAt(path: string): Promise<Monitor> {
  if (!existsSync(path)) throw new Error(`${path} is missing`);
  // Loaded only here, as is node:tty below: an HTTP client costs the runner of a QEMU some MiB.
  return new (await import('./hypervisors/rest.js')).Rest(path);
}

async function openTty(path: string): Promise<{ output: Readable; input: Writable }> {
  const { ReadStream, WriteStream } = await import('node:tty');
  const output = new ReadStream(openSync(path, 'r'));
  output.setRawMode(true);
  return { output, input: new WriteStream(openSync(path, 'w')) };
}
