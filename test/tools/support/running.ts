/** A program that goes on until it is ended, and what it has said so far. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { atExit } from '../../support/at-exit.js';
import { PATIENCE } from '../../support/patience.js';

/** Kept of what it says, for messages. */
const SHOWN = 3000;

export class Running {
  private readonly child: ChildProcess;
  private readonly ended: Promise<unknown>;
  private readonly forget: () => void;
  private readonly listeners = new Set<() => void>();
  private said = '';
  private heard = 0;
  private end: string | undefined;

  constructor(
    readonly argv: readonly string[],
    cwd: string,
  ) {
    const [command, ...args] = argv as [string, ...string[]];
    // A group of its own: some tools start others.
    const env = { ...process.env, NO_COLOR: '1', NO_UPDATE_NOTIFIER: '1', LC_ALL: 'C' };
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    this.forget = atExit(() => this.signal('SIGKILL'));
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.said += text;
        this.heard += text.length;
        this.tell();
      });
    }
    const gone = (how: string) => {
      this.end = how;
      this.tell();
    };
    child.once('error', (error) => gone(error.message));
    this.ended = once(child, 'close').then(
      ([code, signal]) => gone(`ended with ${signal ?? `status ${code}`}`),
      () => undefined,
    );
  }

  /** Resolves with whether it has said that within so many milliseconds. */
  async says(text: string, milliseconds: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const has = () => this.said.includes(text);
    let look = () => {};
    const heard = new Promise<boolean>((resolve) => {
      look = () => {
        if (has() || this.end !== undefined) resolve(has());
      };
      timer = setTimeout(() => resolve(false), milliseconds);
      this.listeners.add(look);
      look();
    });
    try {
      return await heard;
    } finally {
      clearTimeout(timer);
      this.listeners.delete(look);
    }
  }

  /** Resolves once it has said nothing for so many milliseconds. */
  async quiet(milliseconds: number): Promise<void> {
    for (let length = -1; length !== this.heard; ) {
      length = this.heard;
      await pause(milliseconds);
    }
  }

  /** For messages. */
  describe(): string {
    return `${this.argv.join(' ')}: ${this.end ?? 'running'}; it said:\n${this.said.slice(-SHOWN)}`;
  }

  get over(): boolean {
    return this.end !== undefined;
  }

  async stop(): Promise<void> {
    this.signal('SIGTERM');
    const timer = setTimeout(() => this.signal('SIGKILL'), PATIENCE);
    await this.ended;
    clearTimeout(timer);
    // What it started and left.
    this.signal('SIGKILL');
    this.forget();
  }

  private signal(signal: NodeJS.Signals): void {
    try {
      if (this.child.pid !== undefined) process.kill(-this.child.pid, signal);
    } catch {
      // There is nobody in the group any more.
    }
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}
