/**
 * System calls that may wait for the very file system this process serves (a path walk, the first answer, the last
 * write-back of an unmount) run on a thread that lives for one call, so that the main thread can always end the mount they
 * wait for. Not in libuv's pool: it has four threads for the whole process, and the loading of a mount's worker needs one.
 */
import { Worker } from 'node:worker_threads';

export type AsideCall =
  | {
      readonly call: 'mount';
      readonly source: Uint8Array;
      readonly target: Uint8Array;
      readonly type: string;
      readonly flags: number;
      readonly options: string;
    }
  | { readonly call: 'unmount'; readonly target: Uint8Array; readonly flags: number }
  | { readonly call: 'statfs'; readonly target: Uint8Array };

/** Of such a thread, MiB: it does one call. */
const MEMORY = { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1, codeRangeSizeMb: 4 };

/** @returns what the call returns: 0 or -errno. @throws what the thread throws, which is a defect */
export async function aside(call: AsideCall): Promise<number> {
  return await new Promise<number>((resolve, reject) => {
    const worker = new Worker(new URL('./aside-worker.js', import.meta.url), {
      workerData: call,
      resourceLimits: MEMORY,
      execArgv: [],
    });
    let result: number | undefined;
    worker.on('message', (value: number) => {
      result = value;
    });
    worker.on('error', reject);
    worker.on('exit', (code) => {
      if (result === undefined) reject(new Error(`the thread for ${call.call} ended with ${code}`));
      else resolve(result);
    });
  });
}
