/** A command as somebody runs it at a terminal: its controlling terminal is a new one, and the other end is here. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { adopt } from '../../../guest/adopt.js';
import { descriptorPair } from '../../../guest/descriptor-pair.js';
import { os } from '../../../native/index.js';
import { PATIENCE } from '../../support/patience.js';

export class AtTerminal {
  /** all that it has shown */
  text = '';
  private readonly ended: Promise<unknown[]>;

  private constructor(
    private readonly child: ChildProcess,
    private readonly master: Socket,
    /** kept open, so that the terminal can be looked at when the command has gone */
    private readonly slave: number,
    private readonly before: string,
  ) {
    master.setEncoding('utf8').on('data', (text: string) => {
      this.text += text;
    });
    master.on('error', () => {});
    this.ended = once(child, 'exit');
  }

  static start(argv: readonly string[], env: NodeJS.ProcessEnv): AtTerminal {
    const made = descriptorPair((at) => os.openTerminal(24, 80, at));
    if (typeof made === 'number') throw new Error(`no terminal: ${made}`);
    const [master, slave] = made;
    const before = modes(slave);
    const child = spawn('setsid', ['-c', ...argv], { env, stdio: [slave, slave, slave] });
    return new AtTerminal(child, adopt(master), slave, before);
  }

  type(keys: string): void {
    this.master.write(keys);
  }

  async shows(text: string): Promise<void> {
    const signal = AbortSignal.timeout(PATIENCE);
    while (!this.text.includes(text)) {
      await once(this.master, 'data', { signal }).catch(() => {
        throw new Error(`the terminal does not show ${JSON.stringify(text)} but ${JSON.stringify(this.text)}`);
      });
    }
  }

  /** Every key goes to the command, none is interpreted or shown by the terminal. */
  get raw(): boolean {
    return modes(this.slave).includes(' -icanon') && modes(this.slave).includes(' -echo ');
  }

  /** Whether the terminal is set as it was before the command. */
  get restored(): boolean {
    return modes(this.slave) === this.before;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Waits for its end: the exit code, or the signal. */
  async end(): Promise<number | NodeJS.Signals> {
    const [code, signal] = await this.ended;
    return (code ?? signal) as number | NodeJS.Signals;
  }

  /** Ends the command if it runs, and takes the terminal away. */
  async close(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill('SIGKILL');
      await this.ended;
    }
    this.master.destroy();
    os.close(this.slave);
  }
}

/** stty(1) of the terminal. */
function modes(slave: number): string {
  return spawnSync('stty', ['-a'], { stdio: [slave, 'pipe', 'ignore'] }).stdout.toString();
}
