/** A program of these tests as its user sees it: started by any command, asked by lines, always reaped. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { PATIENCE } from '../support/patience.js';
import { decode, encode } from '../support/wire.js';

interface Answer {
  id: number;
  result?: unknown;
  failure?: string;
}

/** Requests by name: what each takes, what it answers. */
type Requests<R> = { [K in keyof R]: (request: never) => unknown };
type Taken<F> = F extends (request: infer T) => unknown ? T : never;
type Given<F> = F extends (request: never) => infer T ? T : never;

/** argv of a program of this folder on this machine; `wrapper` is put in front (`unshare -m`). */
export function here(name: string, wrapper: readonly string[] = []): string[] {
  return [...wrapper, process.execPath, fileURLToPath(new URL(name, import.meta.url))];
}

export class Program<R extends Requests<R>> {
  private readonly waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  private lastId = 0;
  private gone = false;

  private constructor(
    private readonly child: ChildProcess,
    private readonly what: string,
  ) {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const { id, result, failure } = decode(line) as Answer;
      const asker = this.waiting.get(id);
      this.waiting.delete(id);
      if (failure === undefined) asker?.resolve(result);
      else asker?.reject(new Error(`${what}: ${failure}`));
    });
    child.stdin!.on('error', () => {});
    const end = (why: string) => {
      this.gone = true;
      for (const { reject } of this.waiting.values()) reject(new Error(`${what} ended: ${why}`));
      this.waiting.clear();
    };
    child.once('error', (error) => end(String(error)));
    child.once('close', (code, signal) => end(signal ?? `exit status ${code}`));
  }

  static async start<R extends Requests<R>>(argv: readonly string[], what: string): Promise<Program<R>> {
    const [command, ...args] = argv;
    const program = new Program<R>(spawn(command!, args, { stdio: ['pipe', 'pipe', 'inherit'] }), what);
    try {
      await program.answer(0, 'start', 3 * PATIENCE);
    } catch (error) {
      await program.end();
      throw error;
    }
    return program;
  }

  /** Asks for it; rejects with the failure there, when the program ends, or when no answer comes. */
  ask<K extends keyof R & string>(name: K, request: Taken<R[K]>): Promise<Given<R[K]>> {
    const id = ++this.lastId;
    this.child.stdin!.write(encode({ id, name, request }));
    // Waits of the program itself are bounded by PATIENCE: they end before this.
    return this.answer(id, name, 2 * PATIENCE) as Promise<Given<R[K]>>;
  }

  /** Ends it: it sees the end of its requests; by force if that is not enough. */
  async end(): Promise<void> {
    if (this.gone) return;
    const closed = once(this.child, 'close');
    this.child.stdin!.end();
    const timer = setTimeout(() => this.child.kill('SIGKILL'), PATIENCE);
    await closed;
    clearTimeout(timer);
  }

  private answer(id: number, name: string, milliseconds: number): Promise<unknown> {
    if (this.gone) return Promise.reject(new Error(`${this.what} has ended`));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(id);
        reject(new Error(`${this.what}: no answer to ${name} within ${milliseconds} ms`));
      }, milliseconds);
      this.waiting.set(id, {
        resolve(value) {
          clearTimeout(timer);
          resolve(value);
        },
        reject(error) {
          clearTimeout(timer);
          reject(error);
        },
      });
    });
  }
}
