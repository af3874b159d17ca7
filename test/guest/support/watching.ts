/**
 * inotify on a mount that the calling thread itself serves: watches are added in a thread of their own, which may have to wait
 * for answers. Reading events asks nobody: the kernel queues them before the system call that causes them returns.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { check, IN, inotifyEvents, os } from '../../../native/index.js';

const ROOM = 64 * 1024;

const names = Object.entries(IN).filter(([name]) => !['ONLYDIR', 'DONT_FOLLOW', 'ISDIR'].includes(name));

/** What is asked for besides what people watch by default. */
const ALL = 0xfff & ~(IN.ACCESS | IN.CLOSE_NOWRITE);

export class Watching {
  readonly #inotify: number;
  readonly #memory: ArrayBuffer;
  readonly #labels = new Map<number, string>();

  /** @param memory of the calling thread's arena, free from `at` on */
  constructor(
    memory: ArrayBuffer,
    readonly at: number,
  ) {
    this.#memory = memory;
    this.#inotify = check(os.inotifyCreate(), 'inotifyCreate');
  }

  /** @param label under which its events are told */
  async add(path: string, label: string): Promise<void> {
    const file = new URL('./watching-worker.js', import.meta.url);
    const worker = new Worker(file, { workerData: { inotify: this.#inotify, path, mask: ALL } });
    const [[watch]] = (await Promise.all([once(worker, 'message'), once(worker, 'exit')])) as [[number], unknown];
    this.#labels.set(check(watch, 'inotifyAdd', path), label);
  }

  /**
   * What has happened since the last call, as `label: EVENT|ISDIR name`; halves of renames end with `#1`, `#2`, in the order of
   * their appearance.
   */
  events(): string[] {
    const told: string[] = [];
    const cookies = new Map<number, number>();
    for (;;) {
      const got = os.inotifyRead(this.#inotify, this.at, ROOM);
      if (got <= 0) return told;
      for (const { watch, mask, cookie, name } of inotifyEvents(Buffer.from(this.#memory, this.at, got))) {
        const label = this.#labels.get(watch) ?? '?';
        const what = names.filter(([, bit]) => (mask & bit) !== 0).map(([text]) => text);
        if ((mask & IN.ISDIR) !== 0) what.push('ISDIR');
        if (cookie !== 0 && !cookies.has(cookie)) cookies.set(cookie, cookies.size + 1);
        const half = cookie === 0 ? '' : ` #${cookies.get(cookie)}`;
        told.push(`${label}: ${what.join('|')}${name === '' ? '' : ` ${name}`}${half}`);
      }
    }
  }

  close(): void {
    os.close(this.#inotify);
  }
}
