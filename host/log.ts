/**
 * daemon.log: one line per entry, `<ISO time> <level> <text>`, written synchronously so that the last words of a crash
 * are there, and bounded: at `limit` bytes the content moves to `<file>.1`, `.1` to `.2`, the oldest goes.
 *
 * The file is copied and then cut, not renamed: the daemon's and the agent's stderr are open on the same file (append)
 * and must go on writing into the current one.
 */
import { closeSync, copyFileSync, fstatSync, ftruncateSync, openSync, renameSync, writeSync } from 'node:fs';
import { printable, systemCode } from './problem.js';

export const LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type Level = (typeof LEVELS)[number];

export type Log = (level: Level, text: string) => void;

export interface LogFileOptions {
  /** bytes before a rotation */
  readonly limit: number;
  /** old files kept */
  readonly keep: number;
}

export class LogFile {
  readonly #file: string;
  readonly #options: LogFileOptions;
  #fd: number;
  #size: number;

  constructor(file: string, options: LogFileOptions = { limit: 1 << 20, keep: 3 }) {
    this.#file = file;
    this.#options = options;
    this.#fd = openSync(file, 'a', 0o600);
    this.#size = fstatSync(this.#fd).size;
  }

  /** The descriptor, append mode, for a child's stderr. */
  get descriptor(): number {
    return this.#fd;
  }

  /** Never throws: a full disk must not end the daemon. Several lines become one, with `\x0a` between. */
  readonly write: Log = (level, text) => {
    const line = `${new Date().toISOString()} ${level} ${printable(text)}\n`;
    if (this.#size + line.length > this.#options.limit) this.rotate();
    try {
      this.#size += writeSync(this.#fd, line);
    } catch {
      // Nobody is left to be told.
    }
  };

  /** Rotates if others (children writing to the descriptor) have let the file grow beyond the limit. */
  rotateIfLarge(): void {
    this.#size = fstatSync(this.#fd).size;
    if (this.#size > this.#options.limit) this.rotate();
  }

  rotate(): void {
    try {
      for (let n = this.#options.keep - 1; n > 0; n--) renameIfThere(`${this.#file}.${n}`, `${this.#file}.${n + 1}`);
      if (this.#options.keep > 0) copyFileSync(this.#file, `${this.#file}.1`);
    } catch {
      // No room for the old lines: dropping them is better than growing without bound.
    }
    try {
      ftruncateSync(this.#fd, 0);
    } catch {
      // As above.
    }
    this.#size = 0;
  }

  close(): void {
    closeSync(this.#fd);
  }
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}
