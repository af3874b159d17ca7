/**
 * What a guest prints: kept in a file, bounded (at `limit` bytes it moves to `<file>.1`, that to `.2`, the oldest
 * goes), and its last lines in memory for the error that a crash ends with.
 */
import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';
import { codeOf } from './failure.js';

export interface ConsoleLogOptions {
  /** bytes before a rotation */
  readonly limit: number;
  /** old files kept */
  readonly keep: number;
}

/** Bytes remembered for {@link ConsoleLog.lastLines}. */
const TAIL = 8 * 1024;

export class ConsoleLog {
  readonly #file: string;
  readonly #options: ConsoleLogOptions;
  #fd: number;
  #size: number;
  #tail: Buffer = Buffer.alloc(0);

  constructor(file: string, options: ConsoleLogOptions = { limit: 1 << 20, keep: 3 }) {
    this.#file = file;
    this.#options = options;
    this.#fd = openSync(file, 'a', 0o600);
    this.#size = fstatSync(this.#fd).size;
  }

  /** Never throws: a full disk must not end the VM. */
  write(bytes: Buffer): void {
    this.#tail = Buffer.concat([this.#tail, bytes]).subarray(-TAIL);
    if (this.#size > 0 && this.#size + bytes.length > this.#options.limit) this.#rotate();
    try {
      this.#size += writeSync(this.#fd, bytes);
    } catch {
      // Nobody is left to be told.
    }
  }

  /** Whole lines without control characters, the newest last. */
  lastLines(count: number): string[] {
    return printableLines(this.#tail.toString('utf8')).slice(-count);
  }

  close(): void {
    closeSync(this.#fd);
  }

  #rotate(): void {
    try {
      for (let n = this.#options.keep - 1; n > 0; n--) renameIfThere(`${this.#file}.${n}`, `${this.#file}.${n + 1}`);
      if (this.#options.keep > 0) renameIfThere(this.#file, `${this.#file}.1`);
      const fd = openSync(this.#file, 'w', 0o600);
      closeSync(this.#fd);
      this.#fd = fd;
      this.#size = 0;
    } catch {
      // The old file goes on; it is tried again with the next bytes.
    }
  }
}

/**
 * At most so many lines, the newest last. After a kernel panic its own sentence is the newest: the registers and addresses
 * behind it tell less than what went before.
 */
export function tellingLines(lines: readonly string[], count: number): string[] {
  const panic = lines.findLastIndex((line) => line.includes('Kernel panic - not syncing'));
  return lines.slice(0, panic < 0 ? lines.length : panic + 1).slice(-count);
}

/** A guest is not trusted: what it printed must not move anyone's cursor. Tabs stay, lines are cut at 500 characters. */
export function printableLines(text: string): string[] {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences of terminals are what has to go
      .replace(/\u001b(?:\[[0-?]*[ -/]*[@-~]|[@-Z\\-_c])/g, '')
      .split(/[\r\n]+/)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: and whatever else is no character
      .map((line) => line.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '').slice(0, 500))
      .filter((line) => line.trim() !== '')
  );
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}
