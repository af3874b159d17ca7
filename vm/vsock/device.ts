/**
 * The virtio-vsock device that we give to QEMU (`vhost-user-vsock-pci`): the guest's vsock on one side, unix sockets in a
 * directory on the other (HyperKit's convention). It lives in a worker; this is its handle.
 *
 * - `<directory>/connect`: a program of the host connects, writes "%08x.%08x\n" (the guest's CID, a port) and is then
 *   connected to that port of the guest; without a listener there the connection is closed.
 * - `<directory>/00000002.%08x`: where a program of the host listens for guests that connect to this port of CID 2.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { check, os, SystemError } from '../../native/index.js';
import { Counter, createCounters } from './counters.js';
import type { WorkerData, WorkerReport } from './worker.js';

export interface VsockDeviceOptions {
  /** the vhost-user socket that QEMU connects to; the device makes it (mode 0600) and removes it */
  readonly socketPath: string;
  /** an existing directory, for the sockets above */
  readonly directory: string;
  /** the guest's CID, 3 or more */
  readonly cid: number;
  log(level: 'info' | 'warn' | 'error', text: string): void;
}

export interface VsockStats {
  readonly packetsFromGuest: number;
  readonly bytesFromGuest: number;
  readonly bytesToGuest: number;
  /** connections made by the guest and by host programs so far, and connections now */
  readonly accepted: number;
  readonly dialled: number;
  readonly connections: number;
  readonly refused: number;
  /** packets that no honest guest sends, and rings that were taken out of use */
  readonly lies: number;
  readonly broken: number;
  /** times that the device's thread has looked for something to do, and times that it slept until there was something */
  readonly waits: number;
  readonly sleeps: number;
}

export class VsockDevice {
  readonly #waker: number;
  readonly #stop: Int32Array;
  readonly #counters: Float64Array;
  readonly #paths: readonly string[];
  readonly #ended: Promise<void>;
  #closed: Promise<void> | undefined;

  private constructor(worker: Worker, data: WorkerData, paths: readonly string[], options: VsockDeviceOptions) {
    this.#waker = data.waker;
    this.#stop = new Int32Array(data.stop);
    this.#counters = new Float64Array(data.counters);
    this.#paths = paths;
    worker.on('message', (report: WorkerReport) => {
      if (report.kind === 'log') options.log(report.level, report.text);
      else if (report.kind === 'failed')
        options.log('error', `the vsock device has failed: ${failure(report).message}`);
    });
    worker.on('error', (error) => options.log('error', `the vsock device has failed: ${error.stack ?? error.message}`));
    this.#ended = new Promise((resolve) => worker.once('exit', () => resolve()));
  }

  /**
   * Makes the sockets and starts serving; what lies on their paths goes. A SystemError says which one cannot be made
   * (ENAMETOOLONG above 107 bytes, EACCES …).
   */
  static async open(options: VsockDeviceOptions): Promise<VsockDevice> {
    if (!Number.isInteger(options.cid) || options.cid < 3 || options.cid >= 0xffff_ffff) {
      throw new RangeError(`a guest's CID is 3 … 4294967294, not ${options.cid}`);
    }
    const paths = [options.socketPath, join(options.directory, 'connect')];
    for (const path of paths) rmSync(path, { force: true });
    os.raiseDescriptorLimit();
    const data: WorkerData = {
      socketPath: options.socketPath,
      directory: options.directory,
      cid: options.cid,
      waker: check(os.wakerCreate(), 'wakerCreate'),
      counters: createCounters().buffer as SharedArrayBuffer,
      stop: new SharedArrayBuffer(4),
    };
    const worker = new Worker(new URL('./worker.js', import.meta.url), {
      workerData: data,
      resourceLimits: { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 64 },
    });
    const device = new VsockDevice(worker, data, paths, options);
    try {
      await ready(worker);
    } catch (error) {
      await device.close();
      throw error;
    }
    os.releaseStartMemory();
    return device;
  }

  /** Ends every connection and removes the sockets. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    Atomics.store(this.#stop, 0, 1);
    os.wakerSignal(this.#waker);
    await this.#ended;
    os.close(this.#waker);
    for (const path of this.#paths) rmSync(path, { force: true });
  }

  /** When the device's thread has ended, by itself (it has failed, and said so) or by `close`. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  stats(): VsockStats {
    const count = this.#counters;
    return {
      packetsFromGuest: count[Counter.PACKETS_FROM_GUEST],
      bytesFromGuest: count[Counter.BYTES_FROM_GUEST],
      bytesToGuest: count[Counter.BYTES_TO_GUEST],
      accepted: count[Counter.ACCEPTED],
      dialled: count[Counter.DIALLED],
      connections: count[Counter.CONNECTIONS],
      refused: count[Counter.REFUSED],
      lies: count[Counter.LIES],
      broken: count[Counter.BROKEN],
      waits: count[Counter.WAITS],
      sleeps: count[Counter.SLEEPS],
    };
  }
}

function failure(report: WorkerReport & { kind: 'failed' }): SystemError {
  return new SystemError(report.errno, report.syscall, report.path);
}

/** Waits for the worker's first report. */
function ready(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.on('message', (report: WorkerReport) => {
      if (report.kind === 'ready') resolve();
      else if (report.kind === 'failed') reject(failure(report));
    });
  });
}
