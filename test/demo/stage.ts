/** What the demos are shown on: a place of their own, commands with their output, and the end, however it comes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../../../bin/osmofs', import.meta.url));

/** The command, by which the demo shows it. */
export const OSMOFS = 'osmofs';

export class Stage {
  /** everything is below it; shown as $DEMO */
  readonly place = mkdtempSync(join(tmpdir(), 'osmofs-demo-'));
  /** the directory that is shared */
  readonly host = join(this.place, 'site');
  /** State of its own: a daemon and VMs of the user's are not touched. The cache of guest images is the user's. */
  readonly #env: NodeJS.ProcessEnv = {
    ...process.env,
    XDG_CONFIG_HOME: join(this.place, 'config'),
    XDG_STATE_HOME: join(this.place, 'state'),
    XDG_RUNTIME_DIR: join(this.place, 'run'),
  };
  #current: ChildProcess | undefined;
  #interrupted: NodeJS.Signals | undefined;

  constructor() {
    mkdirSync(join(this.host, 'src'), { recursive: true });
  }

  say(text: string): void {
    console.log(`\n# ${text}`);
  }

  /** Runs a command and shows it with its output. @throws Error if it fails */
  async show(command: string, ...args: string[]): Promise<void> {
    await this.#run(command, args, 'must');
  }

  /** As {@link show}; that the command fails is part of what it says. */
  async showAnyway(command: string, ...args: string[]): Promise<void> {
    await this.#run(command, args, 'may');
  }

  /**
   * Runs the demo and then `cleanUp`, also when a step fails (then `explain` as well, before) or somebody interrupts it.
   *
   * @returns the exit code
   */
  async play(demo: () => Promise<void>, cleanUp: () => Promise<void>, explain = async () => {}): Promise<number> {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => this.#interrupt(signal));
    try {
      await demo();
      return this.#interrupted === undefined ? 0 : this.#exitCode;
    } catch (error) {
      if (this.#interrupted !== undefined) return this.#exitCode;
      console.error(`\nThe demo failed: ${error instanceof Error ? error.message : error}`);
      await explain();
      return 1;
    } finally {
      if (this.#interrupted !== undefined) console.error(`\n${this.#interrupted}: cleaning up`);
      if (existsSync(this.#env.XDG_RUNTIME_DIR!)) await cleanUp();
      rmSync(this.place, { recursive: true, force: true });
    }
  }

  /** For cleaning up: shows nothing, goes on after a failure and while interrupted. */
  async quietly(...args: string[]): Promise<void> {
    await this.#run(OSMOFS, args, 'quiet');
  }

  get #exitCode(): number {
    return 128 + constants.signals[this.#interrupted!];
  }

  /** The first one counts; a terminal and npm may both send it. */
  #interrupt(signal: NodeJS.Signals): void {
    if (this.#interrupted !== undefined) return;
    this.#interrupted = signal;
    this.#current?.kill(signal);
  }

  async #run(command: string, args: string[], mode: 'must' | 'may' | 'quiet'): Promise<void> {
    const quiet = mode === 'quiet';
    if (!quiet) {
      if (this.#interrupted !== undefined) throw new Error(this.#interrupted);
      console.log(`$ ${this.#shown([command, ...args].map(quoted).join(' '))}`);
    }
    const [program, words] = command === OSMOFS ? [process.execPath, [bin, ...args]] : [command, args];
    // Cleaning up is out of reach of the terminal's Ctrl-C.
    const child = spawn(program, words, { env: this.#env, stdio: ['ignore', 'pipe', 'pipe'], detached: quiet });
    if (!quiet) {
      this.#current = child;
      const pass = (to: NodeJS.WriteStream) => (text: string) => {
        if (this.#interrupted === undefined) to.write(this.#shown(text));
      };
      child.stdout.setEncoding('utf8').on('data', pass(process.stdout));
      child.stderr.setEncoding('utf8').on('data', pass(process.stderr));
    } else for (const stream of [child.stdout, child.stderr]) stream.resume();
    const end = await new Promise<number | NodeJS.Signals>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve(code ?? signal!));
    });
    if (mode === 'must' && end !== 0) throw new Error(`${command} ${args[0]} ended with ${end}`);
  }

  #shown(text: string): string {
    return text.replaceAll(this.place, '$DEMO');
  }
}

/** As one would type it in a shell. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
