/** The terminal of a program: what is written on it, without losing the end. */
import { readSync } from 'node:fs';
import { os } from '../native/index.js';
import { descriptorPair } from './descriptor-pair.js';
import { MountFailure } from './failure.js';
import { Output } from './output.js';

const ROOM = 64 * 1024;

/**
 * The kernel hands out what was written in pieces, and says at once when the last user of the terminal is gone; libuv takes
 * a short read beside that news for the end. So the news is kept from it: one user of the terminal is ourselves, until the
 * program has ended and what is left has been read here.
 */
export class Terminal {
  readonly output: Output;
  /** the program's end; the caller closes it once the program has it */
  readonly slave: number;
  readonly #master: number;
  readonly #user: number;
  #open = true;

  private constructor(master: number, slave: number) {
    this.#master = os.duplicate(master);
    this.#user = os.duplicate(slave);
    this.slave = slave;
    this.output = Output.ofTerminal(master);
    void this.output.ended.then(() => this.#close());
  }

  /** @throws MountFailure */
  static open(rows: number, columns: number): Terminal {
    const made = descriptorPair((at) => os.openTerminal(rows, columns, at));
    if (typeof made === 'number') throw MountFailure.of(made, 'cannot make a terminal');
    return new Terminal(...made);
  }

  resize(rows: number, columns: number): void {
    if (this.#open) os.setTerminalSize(this.#master, rows, columns);
  }

  /** The program has ended: passes on what is left. If somebody else uses the terminal, what he writes still comes. */
  finish(): void {
    if (!this.#open) return;
    os.close(this.#user);
    const end = this.#readRest();
    this.#open = false;
    os.close(this.#master);
    if (end) this.output.destroy();
  }

  /** @returns true if nobody is left to write. At most what the kernel keeps, 64 KiB or so: no reader is waited for */
  #readRest(): boolean {
    const room = Buffer.alloc(ROOM);
    for (;;) {
      try {
        const length = readSync(this.#master, room);
        if (length === 0) return true;
        this.output.pass(room.subarray(0, length));
      } catch (error) {
        return (error as NodeJS.ErrnoException).code !== 'EAGAIN';
      }
    }
  }

  #close(): void {
    if (!this.#open) return;
    this.#open = false;
    os.close(this.#user);
    os.close(this.#master);
  }
}
