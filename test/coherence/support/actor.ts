/** The coordinator's end of an actor: asks, and is told of events. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { atExit } from '../../support/at-exit.js';
import { PATIENCE } from '../../support/patience.js';
import type { Pretence } from './pretend.js';
import type { Answer, Notice, Seen, Step } from './steps.js';

const PROGRAM = fileURLToPath(new URL('./actor-main.js', import.meta.url));

export interface SideOptions {
  /** for messages */
  readonly name: string;
  /** the directory, as the actor sees it */
  readonly dir: string;
  /** argv of node in another place, before program and arguments; this node if absent */
  readonly node?: readonly string[];
  /** where the program lies there */
  readonly program?: string;
  readonly pretence?: Pretence;
}

interface Waiting {
  resolve(seen: Seen): void;
  reject(error: Error): void;
}

export class Actor {
  /** Called for every notice, before any later answer. */
  onNotice: (notice: Notice) => void = () => {};
  private readonly child: ChildProcess;
  private readonly ended: Promise<unknown>;
  private readonly forget: () => void;
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;
  private text = '';

  constructor(readonly side: SideOptions) {
    const [command, ...args] = [...(side.node ?? [process.execPath]), side.program ?? PROGRAM, side.dir];
    if (side.pretence) args.push(side.pretence);
    const child = spawn(command!, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.child = child;
    this.forget = atExit(() => child.kill('SIGKILL'));
    child.stdin.on('error', () => {});
    child.stdout.setEncoding('utf8').on('data', (text: string) => this.receive(text));
    child.once('error', (error) => this.fail(error));
    this.ended = once(child, 'close').then(
      ([code, signal]) => this.fail(new Error(`${side.name}: its process ended with ${signal ?? `status ${code}`}`)),
      () => undefined,
    );
  }

  /** The answer's `error` is not an exception: whoever asked judges it. */
  ask(step: Step): Promise<Seen> {
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.fail(new Error(`${this.side.name}: no answer within ${6 * PATIENCE} ms to ${JSON.stringify(step)}`));
      }, 6 * PATIENCE);
      const settled = <T>(act: (value: T) => void) => {
        return (value: T) => {
          clearTimeout(timer);
          act(value);
        };
      };
      this.waiting.set(id, { resolve: settled(resolve), reject: settled(reject) });
      this.child.stdin!.write(`${JSON.stringify({ id, step })}\n`);
    });
  }

  async end(): Promise<void> {
    this.child.stdin!.end();
    const timer = setTimeout(() => this.child.kill('SIGKILL'), PATIENCE);
    await this.ended;
    clearTimeout(timer);
    this.forget();
  }

  private fail(error: Error): void {
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }

  private receive(text: string): void {
    const lines = (this.text + text).split('\n');
    this.text = lines.pop()!;
    for (const line of lines) {
      const message = JSON.parse(line) as Answer | Notice;
      // In turn with what follows from an answer, which waits for its promise.
      if ('told' in message) queueMicrotask(() => this.onNotice(message));
      else {
        const { id, ...seen } = message;
        this.waiting.get(id)?.resolve(seen);
        this.waiting.delete(id);
      }
    }
  }
}
