/** QEMU's monitor: JSON lines on a unix socket (QEMU's docs/interop/qmp-spec.rst). */
import { connect, type Socket } from 'node:net';
import { LineSplitter } from '../lines.js';
import type { Monitor, MonitorEvents } from './monitor.js';

const LINE_LIMIT = 1 << 20;
/** QEMU answers at once, even when its guest is slow; ms */
const PATIENCE = 5_000;

interface Message {
  readonly QMP?: object;
  readonly event?: string;
  readonly data?: { readonly reason?: unknown; readonly guest?: unknown };
  readonly return?: unknown;
  readonly error?: { readonly desc?: string };
}

export class Qmp implements Monitor {
  readonly #socket: Socket;
  readonly #events: MonitorEvents;
  readonly #waiting: { resolve(): void; reject(error: Error): void }[] = [];
  #greeted!: () => void;

  private constructor(socket: Socket, events: MonitorEvents) {
    this.#socket = socket;
    this.#events = events;
    const splitter = new LineSplitter(LINE_LIMIT);
    socket.setEncoding('utf8').on('data', (text: string) => {
      try {
        for (const line of splitter.push(text)) this.#take(JSON.parse(line) as Message);
      } catch (error) {
        socket.destroy(error as Error);
      }
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      for (const { reject } of this.#waiting.splice(0)) reject(new Error('the monitor is gone'));
    });
  }

  /** @throws Error if nothing speaks QMP there */
  static async open(path: string, events: MonitorEvents): Promise<Qmp> {
    const socket = connect(path);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve).once('error', reject);
    });
    const qmp = new Qmp(socket, events);
    await qmp.#within(
      new Promise<void>((resolve) => {
        qmp.#greeted = resolve;
      }),
    );
    await qmp.#execute('qmp_capabilities');
    return qmp;
  }

  powerButton(): Promise<void> {
    return this.#execute('system_powerdown');
  }

  close(): void {
    this.#socket.destroy();
  }

  #execute(command: string): Promise<void> {
    const done = new Promise<void>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    this.#socket.write(`${JSON.stringify({ execute: command })}\n`);
    return this.#within(done);
  }

  #take(message: Message): void {
    if (message.QMP !== undefined) this.#greeted();
    else if (message.event === 'RESET' && message.data?.guest === true) this.#events.reset();
    else if (message.event === 'SHUTDOWN') this.#events.shutdown(String(message.data?.reason));
    // Answers come in the order of the questions.
    else if (message.error !== undefined) this.#waiting.shift()?.reject(new Error(message.error.desc));
    else if ('return' in message) this.#waiting.shift()?.resolve();
  }

  async #within(done: Promise<void>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${PATIENCE / 1000} s`)), PATIENCE);
      this.#socket.once('close', () => reject(new Error('the monitor is gone')));
    });
    try {
      await Promise.race([done, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
