/**
 * An unmount or a bind may wait for the very file system this process serves: for a path walk, for the last write-back. So it runs
 * on a thread that lives for this one call, and the main thread can always end the mount it waits for. Not in libuv's
 * pool: that has four threads for the whole process.
 */
import { Worker } from 'node:worker_threads';

export interface UnmountCall {
  /** bytes */
  readonly target: Uint8Array;
  /** of umount2(2) */
  readonly flags: number;
  /** once it is unmounted, what the mount's announcer holds of the superblock is given up */
  readonly release?: {
    readonly announcer: number;
    /** what that brings with it, such as the last write-back, is part of the unmount */
    readonly wait: boolean;
  };
}

export interface BindCall {
  /** where the superblock is mounted, the way from its root, where to show that; bytes */
  readonly root: Uint8Array;
  readonly way: Uint8Array;
  readonly target: Uint8Array;
  readonly readOnly: boolean;
}

/** Of such a thread, MiB. */
const MEMORY = { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1, codeRangeSizeMb: 4 };

/** @returns what umount2(2) returns: 0 or -errno. @throws what the thread throws, which is a defect */
export async function unmountAside(call: UnmountCall): Promise<number> {
  return await aside(call);
}

/** @returns what `bindDirectory` of os-guest.ts returns */
export async function bindAside(call: BindCall): Promise<number> {
  return await aside(call);
}

async function aside(call: UnmountCall | BindCall): Promise<number> {
  return await new Promise<number>((resolve, reject) => {
    const file = new URL('./aside-worker.js', import.meta.url);
    const worker = new Worker(file, { workerData: call, resourceLimits: MEMORY, execArgv: [] });
    let result: number | undefined;
    worker.on('message', (value: number) => {
      result = value;
    });
    worker.on('error', reject);
    worker.on('exit', (code) => {
      if (result === undefined) reject(new Error(`the thread for a mount call ended with ${code}`));
      else resolve(result);
    });
  });
}
