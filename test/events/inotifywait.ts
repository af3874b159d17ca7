/** The program inotifywait(1) as people use it, and what it prints. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { PATIENCE } from '../support/patience.js';
import { COOKIE } from './protocol.js';
import type { Target } from './targets/target.js';

/** All but open, access and close_nowrite: see watcher-main.ts. */
const EVENTS = ['modify', 'attrib', 'close_write', 'move', 'create', 'delete', 'delete_self', 'move_self'];

export class InotifyWait {
  private lines: string[] = [];
  private readonly cookies = { CREATE: new Set<string>(), DELETE: new Set<string>() };
  private look: () => void = () => {};
  private ready = false;
  private ended = false;
  private said = '';

  private constructor(private readonly child: ChildProcess) {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const at = line.indexOf(COOKIE);
      if (at === -1) this.lines.push(line);
      else
        for (const [event, names] of Object.entries(this.cookies))
          if (line.includes(` ${event} `)) names.add(line.slice(at));
      this.look();
    });
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.said += text;
      this.ready ||= /Watches established/.test(this.said);
      this.look();
    });
    const end = () => {
      this.ended = true;
      this.look();
    };
    child.once('error', end);
    child.once('close', end);
  }

  /** Resolves when it watches. @param args what it watches, relative to the directory, and `-r` */
  static async start(target: Target, directory: string, args: readonly string[]): Promise<InotifyWait> {
    const events = EVENTS.flatMap((name) => ['-e', name]);
    const [command, ...rest] = target.command(['inotifywait', '-m', ...events, ...args], directory);
    const child = spawn(command!, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
    const started = new InotifyWait(child);
    try {
      await started.until(() => started.ready, 'watches');
      return started;
    } catch (error) {
      await started.end();
      throw error;
    }
  }

  /** What it printed until it had printed that event of every cookie, those left out, verbatim. */
  async printed(cookies: readonly string[], event: 'CREATE' | 'DELETE' = 'CREATE'): Promise<string[]> {
    const come = () => cookies.every((name) => this.cookies[event].has(name));
    await this.until(come, `cookies; until then it printed:\n  ${this.lines.join('\n  ')}\n`);
    const lines = this.lines;
    this.lines = [];
    return lines;
  }

  async end(): Promise<void> {
    if (this.ended) return;
    const closed = once(this.child, 'close');
    this.child.kill();
    await closed;
  }

  private until(condition: () => boolean, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => finish(new Error(`inotifywait: no ${what}${this.said}`)), PATIENCE);
      const finish = (error?: Error) => {
        clearTimeout(timer);
        this.look = () => {};
        if (error) reject(error);
        else resolve();
      };
      this.look = () => {
        if (condition()) finish();
        else if (this.ended) finish(new Error(`inotifywait ended instead of ${what}${this.said}`));
      };
      this.look();
    });
  }
}
