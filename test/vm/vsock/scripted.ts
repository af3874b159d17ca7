/** A device whose world, but for the guest, follows a script: see scripted-worker.ts. */
import { closeSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { check, os } from '../../../native/index.js';
import { Counter, createCounters } from '../../../vm/vsock/counters.js';
import { until } from '../../support/until.js';
import { CID } from './guest.js';
import { listenUnix } from './unix.js';

export interface Script {
  /** after how long the program answers what it is asked */
  readonly answerMicroseconds: number;
  /** what the clock says that each wait for the guest has taken */
  readonly pauseMilliseconds: number;
}

export interface ScriptData {
  readonly script: Script;
  /** s32s: see {@link Control} */
  readonly control: SharedArrayBuffer;
  readonly counters: SharedArrayBuffer;
  /** where the program listens */
  readonly listener: number;
  readonly socketPath: string;
  readonly directory: string;
  readonly cid: number;
  readonly waker: number;
}

export const Control = { STOP: 0, HOLD: 1, HELD: 2, SPUN: 3 } as const;

/** The port of the program that answers. */
export const ANSWERS = 4660;

export class ScriptedDevice {
  readonly directory = mkdtempSync(join(tmpdir(), 'osmofs-vsock-'));
  readonly socketPath = join(this.directory, 'vhost');
  readonly log: string[] = [];
  readonly #counters = createCounters();
  readonly #control = new Int32Array(new SharedArrayBuffer(4 * Object.keys(Control).length));
  readonly #waker = check(os.wakerCreate(), 'wakerCreate');
  readonly #listener = listenUnix(join(this.directory, '00000002.00001234'));
  readonly #worker: Worker;
  readonly #ended: Promise<unknown>;

  private constructor(script: Script) {
    const workerData: ScriptData = {
      script,
      control: this.#control.buffer as SharedArrayBuffer,
      counters: this.#counters.buffer as SharedArrayBuffer,
      listener: this.#listener,
      socketPath: this.socketPath,
      directory: this.directory,
      cid: CID,
      waker: this.#waker,
    };
    this.#worker = new Worker(new URL('./scripted-worker.js', import.meta.url), { workerData });
    this.#worker.on('message', (line: string) => this.log.push(line));
    this.#ended = new Promise((resolve, reject) => {
      this.#worker.once('error', reject);
      this.#worker.once('exit', resolve);
    });
  }

  static async open(script: Script): Promise<ScriptedDevice> {
    const device = new ScriptedDevice(script);
    await Promise.race([until(() => device.log.includes('ready'), 'the thread'), device.#ended]);
    return device;
  }

  get sleeps(): number {
    return this.#counters[Counter.SLEEPS];
  }

  /** µs that it has looked for answers, of the script's clock; known when it is closed */
  get spun(): number {
    return this.#control[Control.SPUN];
  }

  /** Stops the thread before its next wait; `wake` gives it a reason to come there. */
  async hold(wake: () => void): Promise<void> {
    Atomics.store(this.#control, Control.HOLD, 1);
    wake();
    await until(() => Atomics.load(this.#control, Control.HELD) === 1, 'the thread to come to the gate');
  }

  release(): void {
    Atomics.store(this.#control, Control.HOLD, 0);
    Atomics.notify(this.#control, Control.HOLD);
  }

  async close(): Promise<void> {
    Atomics.store(this.#control, Control.STOP, 1);
    this.release();
    os.wakerSignal(this.#waker);
    await this.#ended;
    os.close(this.#waker);
    closeSync(this.#listener);
    rmSync(this.directory, { recursive: true, force: true });
  }
}
