/**
 * inotify on a mount that the calling thread itself serves, in a thread of its own, which may have to wait for answers. The
 * kernel queues events before the system call that causes them returns: what has been announced has been told.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { IN } from '../../../native/index.js';
import { PATIENCE } from '../../support/patience.js';

/** What people watch by default, and opening, writing and closing. */
export const WATCHED = 0xfff & ~(IN.ACCESS | IN.CLOSE_NOWRITE);

/** To the thread: a path to be watched, or a question for the events since the last one. */
export type Order = { readonly path: string; readonly label: string } | 'events';
/** From it, one for each: why not ('' if nothing is wrong), or the events. */
export type Answer = string | readonly string[];

export class Watching {
  readonly #worker = new Worker(new URL('./watching-worker.js', import.meta.url));

  async #ask(order: Order): Promise<Answer> {
    const answer = once(this.#worker, 'message', { signal: AbortSignal.timeout(PATIENCE) });
    this.#worker.postMessage(order);
    return ((await answer) as [Answer])[0];
  }

  /** @param label under which its events are told */
  async add(path: string, label: string): Promise<void> {
    const error = await this.#ask({ path, label });
    if (error !== '') throw new Error(`${path} cannot be watched: ${error}`);
  }

  /**
   * What has happened since the last call, as `label: EVENT|ISDIR name`; halves of renames end with `#1`, `#2`, in the order of
   * their appearance.
   */
  async events(): Promise<readonly string[]> {
    return (await this.#ask('events')) as readonly string[];
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
