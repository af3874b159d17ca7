/** See swapper-main.ts. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { atExit } from '../../support/at-exit.js';
import { inTime } from './eventually.js';

const PROGRAM = fileURLToPath(new URL('./swapper-main.js', import.meta.url));

export class Swapper {
  readonly #child: ChildProcess = fork(PROGRAM, { stdio: 'inherit' });
  readonly #forget = atExit(() => this.#child.kill('SIGKILL'));

  /** Exchanges the names `one` and `two` again and again while `use` runs; afterwards they are as before. */
  async during(one: string, two: string, use: () => Promise<void>): Promise<void> {
    this.#child.send({ one, two, hold: `${two}.hold` });
    try {
      await use();
    } finally {
      const stopped = once(this.#child, 'message');
      this.#child.send('stop');
      await inTime('the end of the exchanges', stopped);
    }
  }

  async end(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await inTime('the end of the swapper', ended);
    this.#forget();
  }
}
