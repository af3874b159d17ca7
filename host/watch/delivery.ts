/** The listener's side of a watcher: what was gathered becomes batches, by the caller's keys; `sync`, counts and failures. */
import type { Gathered, Half, PendingDirectory } from './pending.js';
import type { Change, Deliver, Key, Loss, Place } from './watcher.js';

interface Waiting {
  readonly number: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class Delivery {
  batches = 0;
  readonly losses: Partial<Record<Loss, number>> = {};
  /** why nothing more is delivered */
  over: string | undefined;
  private number = 0;
  private waiting: Waiting[] = [];

  /**
   * @param keysOf the keys of a source's directory; asked while a batch is made
   * @param ended called for each directory that its source watches no more
   */
  constructor(
    private readonly deliver: Deliver,
    private readonly keysOf: (id: number) => readonly Key[],
    private readonly ended: (id: number) => void,
  ) {}

  /** `losses`: what the caller has found in it beside. */
  receive(gathered: Gathered, losses: readonly Loss[] = []): void {
    if (this.over !== undefined) return;
    const changes: Change[] = [];
    for (const loss of [...gathered.losses, ...losses]) changes.push(this.lost(loss));
    for (const directory of gathered.directories) this.translate(directory, changes);
    const moves = gathered.moves
      .map(({ cookie, from, to }) => ({ cookie, ...this.place('from', from), ...this.place('to', to) }))
      .filter(({ from, to }) => from !== undefined || to !== undefined);
    for (const { id, ended } of gathered.directories) if (ended !== undefined) this.ended(id);
    try {
      this.pass(changes, moves);
    } finally {
      this.reach(gathered.barrier);
    }
  }

  /** A promise for `sync`; `start` is given its number. */
  wait(start: (number: number) => void): Promise<void> {
    if (this.over !== undefined) return Promise.reject(new Error(`the watcher has ended: ${this.over}`));
    const number = ++this.number;
    return new Promise((resolve, reject) => {
      this.waiting.push({ number, resolve, reject });
      start(number);
    });
  }

  /** The source has ended by itself: everything may have changed, for the last time. */
  fail(reason: string): void {
    if (this.over !== undefined) return;
    this.over = reason;
    try {
      this.pass([this.lost('failed')], []);
    } finally {
      this.reach(this.number);
    }
  }

  close(): void {
    this.over ??= 'it was closed';
    for (const { reject } of this.waiting.splice(0)) reject(new Error(`the watcher has ended: ${this.over}`));
  }

  private pass(changes: Change[], moves: { cookie: number; from?: Place; to?: Place }[]): void {
    if (changes.length === 0) return;
    this.batches++;
    this.deliver({ changes, moves });
  }

  private reach(number: number): void {
    const done = this.waiting.filter((each) => each.number <= number);
    this.waiting = this.waiting.filter((each) => each.number > number);
    for (const { resolve } of done) resolve();
  }

  private lost(loss: Loss): Change {
    this.losses[loss] = (this.losses[loss] ?? 0) + 1;
    return { kind: 'everything', loss };
  }

  private translate(directory: PendingDirectory, changes: Change[]): void {
    for (const key of this.keysOf(directory.id)) {
      if (directory.whole) changes.push({ kind: 'directory', key });
      else if (directory.names.size > 0) {
        const names = [...directory.names].map(([name, hints]) => ({ name: Buffer.from(name, 'latin1'), hints }));
        changes.push({ kind: 'names', key, names });
      }
      if (directory.self) changes.push({ kind: 'self', key });
      if (directory.ended !== undefined) changes.push({ kind: 'unwatched', key, why: directory.ended });
    }
  }

  private place(side: 'from' | 'to', half: Half | undefined): { from?: Place; to?: Place } {
    const key = half === undefined ? undefined : this.keysOf(half.id)[0];
    return key === undefined ? {} : { [side]: { key, name: Buffer.from(half!.name, 'latin1') } };
  }
}
