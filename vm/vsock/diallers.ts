/**
 * Programs of the host that have connected to `connect` and not yet said whom they want: "%08x.%08x\n", CID and port
 * (HyperKit's convention). Exactly so many bytes are read; what follows belongs to the guest. Who says something else, or
 * nothing for a while, is hung up on.
 */
import { Errno } from '../../protocol/errno.js';

/** Bytes of the line. */
export const LINE_BYTES = 18;

const MOST = 256;
const PATIENCE = 10_000;

export interface Wish {
  readonly cid: number;
  readonly port: number;
}

/** undefined if this is not such a line. Upper-case digits are taken too. */
export function parseLine(line: string): Wish | undefined {
  const found = /^([0-9a-f]{8})\.([0-9a-f]{8})\n$/i.exec(line);
  return found === null ? undefined : { cid: Number.parseInt(found[1], 16), port: Number.parseInt(found[2], 16) };
}

export class Diallers {
  readonly #read: (socket: number, capacity: number) => string | number;
  readonly #texts = new Map<number, { text: string; readonly deadline: number }>();

  /** @param read reads at most so many bytes as text (latin1); '' at the end, -errno */
  constructor(read: (socket: number, capacity: number) => string | number) {
    this.#read = read;
  }

  get size(): number {
    return this.#texts.size;
  }

  /** Takes a socket on; false: there are too many. */
  add(socket: number, now: number): boolean {
    if (this.#texts.size >= MOST) return false;
    this.#texts.set(socket, { text: '', deadline: now + PATIENCE });
    return true;
  }

  has(socket: number): boolean {
    return this.#texts.has(socket);
  }

  /** Reads: whom it wants; 'more' if that is not known yet; 'bad' if it will never be. Unless 'more' it is forgotten. */
  serve(socket: number): Wish | 'more' | 'bad' {
    const entry = this.#texts.get(socket);
    if (entry === undefined) return 'bad';
    while (entry.text.length < LINE_BYTES) {
      const got = this.#read(socket, LINE_BYTES - entry.text.length);
      if (got === -Errno.EAGAIN) return 'more';
      if (typeof got === 'number' || got === '') break;
      entry.text += got;
    }
    this.#texts.delete(socket);
    return parseLine(entry.text) ?? 'bad';
  }

  /** Those who took too long, forgotten. */
  late(now: number): number[] {
    const late = [...this.#texts].filter(([, entry]) => entry.deadline <= now).map(([socket]) => socket);
    for (const socket of late) this.#texts.delete(socket);
    return late;
  }

  /** All of them, forgotten. */
  clear(): number[] {
    const all = [...this.#texts.keys()];
    this.#texts.clear();
    return all;
  }
}
