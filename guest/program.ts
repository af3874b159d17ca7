/** A program of the guest with its three streams: pipes, or one terminal for all. */
import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { homedir, constants as numbers } from 'node:os';
import { os } from '../native/index.js';
import type { Exec } from '../protocol/control.js';
import { descriptorPair } from './descriptor-pair.js';
import { MountFailure } from './failure.js';
import { checkDirectory, DEFAULT_PATH, findProgram } from './find-program.js';
import { Output } from './output.js';
import { Terminal } from './terminal.js';

/** How it ended: a code of 0…255, or the number of the signal that ended it. */
export interface ProgramEnd {
  readonly code: number;
  readonly signal: number;
}

/** Makes its first argument the program whose controlling terminal is the one at descriptor 0: setsid(1). */
const SETSID = ['setsid', '-c'] as const;

/** VEOF of a terminal that is set up as usual: ^D. */
const END_OF_INPUT = Uint8Array.of(4);

/** Our ends of its streams. */
interface Streams {
  /** undefined: it reads /dev/null */
  readonly input: Socket | undefined;
  readonly output: Output;
  /** undefined: a terminal, whose output is one */
  readonly error: Output | undefined;
}

export class Program {
  /** Settles when the process is gone; never rejects. */
  readonly ended: Promise<ProgramEnd>;
  readonly #child: ChildProcess;
  readonly #terminal: Terminal | undefined;

  private constructor(
    child: ChildProcess,
    readonly streams: Streams,
    terminal: Terminal | undefined,
  ) {
    this.#child = child;
    this.#terminal = terminal;
    this.ended = new Promise((resolve) => {
      child.once('exit', (code, signal) =>
        resolve({ code: code ?? 0, signal: signal === null ? 0 : numbers.signals[signal] }),
      );
    });
  }

  /** @throws MountFailure: it does not run */
  static async start(request: Exec): Promise<Program> {
    const env = environment(request.env);
    const cwd = request.cwd === '' ? (env.HOME ?? '/') : request.cwd;
    await checkDirectory(cwd);
    const [name, ...words] = request.argv;
    const file = await findProgram(name!, env.PATH!, cwd);
    const ends = request.tty ? terminalEnds(request) : openPipes(request.stdin);
    try {
      const options = { cwd, env, stdio: [...ends.theirs] };
      // Each in a session of its own: what it starts gets its signals, and none of ours.
      const child = request.tty
        ? spawn(SETSID[0], [...SETSID.slice(1), file, ...words], options)
        : spawn(file, words, { ...options, argv0: name, detached: true });
      await started(child);
      return new Program(child, ends.streams, ends.terminal);
    } catch (error) {
      for (const stream of [ends.streams.input, ends.streams.output, ends.streams.error]) stream?.destroy();
      throw MountFailure.from(error);
    } finally {
      for (const fd of new Set(ends.theirs)) if (typeof fd === 'number') os.close(fd);
    }
  }

  /** Tells it that there is no more input. */
  endInput(): void {
    if (this.#terminal !== undefined) this.streams.input?.write(END_OF_INPUT);
    else this.streams.input?.end();
  }

  resize(rows: number, columns: number): void {
    this.#terminal?.resize(rows, columns);
  }

  /** It has ended: what it has written is on its way afterwards. */
  finish(): void {
    this.#terminal?.finish();
  }

  /** To its whole group. */
  signal(number: number): void {
    if (!this.#running) return;
    const { pid } = this.#child;
    try {
      process.kill(-pid!, number);
    } catch {
      // Not its own group yet.
      this.#child.kill(number);
    }
  }

  get #running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Nobody listens any more: what the end of a terminal line does. What ignores that goes on. */
  hangUp(): void {
    const { input, output, error } = this.streams;
    for (const stream of [input, output, error]) stream?.destroy();
    this.signal(numbers.signals.SIGHUP);
    this.signal(numbers.signals.SIGCONT);
  }
}

interface Ends {
  readonly streams: Streams;
  /** stdin, stdout, stderr of the program; to be closed here */
  readonly theirs: readonly (number | 'ignore')[];
  readonly terminal: Terminal | undefined;
}

function openPipes(withInput: boolean): Ends {
  // Not 'pipe' of Node: those are sockets, which /dev/stdin and its like cannot be opened from.
  const opened: number[] = [];
  const open = () => {
    const made = pair((at) => os.openPipe(at));
    opened.push(...made);
    return made;
  };
  try {
    const input = withInput ? open() : undefined;
    const output = open();
    const error = open();
    const streams: Streams = {
      input: input && new Socket({ fd: input[1], readable: false, writable: true }),
      output: Output.ofPipe(output[0]),
      error: Output.ofPipe(error[0]),
    };
    return { streams, theirs: [input?.[0] ?? 'ignore', output[1], error[1]], terminal: undefined };
  } catch (failure) {
    for (const fd of opened) os.close(fd);
    throw failure;
  }
}

function terminalEnds({ rows, columns }: Exec): Ends {
  const terminal = Terminal.open(rows, columns);
  const { output, slave } = terminal;
  return { streams: { input: output.socket, output, error: undefined }, theirs: [slave, slave, slave], terminal };
}

function pair(make: (outOff: number) => number): readonly [number, number] {
  const made = descriptorPair(make);
  if (typeof made === 'number') throw MountFailure.of(made, 'cannot make the streams of a program');
  return made;
}

/** The agent's own, and `given` on top. */
function environment(given: readonly string[]): NodeJS.ProcessEnv {
  const variables = given.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]);
  return { HOME: homedir(), PATH: DEFAULT_PATH, ...process.env, ...Object.fromEntries(variables) };
}

async function started(child: ChildProcess): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
}
