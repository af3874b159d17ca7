/** A call that waits, in a thread of its own: workers/caller.ts. */
import { once } from 'node:events';
import { asleep } from './counts.js';
import { inAnotherThread } from './process.js';

export interface Caller<T> {
  thread: number;
  /** the call's */
  result: Promise<T>;
  /** Resolves once it sleeps. */
  asleep(): Promise<void>;
}

export async function caller<T = number>(call: string, lane: number, more: object = {}): Promise<Caller<T>> {
  const { worker, first: thread } = await inAnotherThread<number>('caller.js', { call, lane, ...more });
  return { thread, result: once(worker, 'message').then(([result]) => result as T), asleep: () => asleep(thread) };
}
