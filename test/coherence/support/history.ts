/**
 * What was where, when. Time is a counter of the coordinator's: it advances with each message sent and received, so that what
 * was acknowledged at an earlier time than another thing was asked for has certainly happened before it.
 *
 * A key is a path, or `#n` for the file number n whatever its names are.
 */

export interface FileState {
  readonly kind: 'file';
  readonly number: number;
  readonly mode: number;
  readonly nlink: number;
  readonly bytes: Buffer;
  /** nanoseconds, decimal; undefined until the host has been looked at */
  mtime: string | undefined;
}

export interface SymlinkState {
  readonly kind: 'symlink';
  readonly target: string;
  mtime: string | undefined;
}

export interface DirectoryState {
  readonly kind: 'directory';
  readonly mode: number;
}

/** In the middle of a change: a file with some of the bytes. */
export interface LooseState {
  readonly kind: 'loose';
  readonly number: number;
  /** what may have been there already, and what will be */
  readonly parts: readonly Buffer[];
}

/** `null`: nothing there */
export type State = FileState | SymlinkState | DirectoryState | LooseState | null;

export interface Version {
  /** position in the key's history, from 0 */
  readonly index: number;
  readonly state: State;
  /** number of the operation that made it */
  readonly operation: number;
  /** when at the earliest it began to be there */
  readonly from: number;
  /** since when it, or a later one, certainly has been there; Infinity if that is not certain yet */
  certain: number;
  /** since when somebody has seen it, or a later one, on a side that shows what is there */
  readonly seen: Partial<Record<Facet, number>>;
}

/** What a look shows of an object. They can be of different age where a cache answers. */
export const FACETS = ['stat', 'read', 'readlink', 'list'] as const;
export type Facet = (typeof FACETS)[number];

export interface Effect {
  readonly key: string;
  /** what may be seen during the operation, in this order */
  readonly between: readonly State[];
  readonly final: State;
}

const NEVER = Number.POSITIVE_INFINITY;
/** Lines kept of each key for messages. */
const LINES = 12;

export class History {
  private readonly keys = new Map<string, Version[]>();
  private readonly lines = new Map<string, string[]>();

  versions(key: string): readonly Version[] {
    return this.list(key);
  }

  latest(key: string): Version {
    return this.list(key).at(-1)!;
  }

  /** Every key that has a history. */
  all(): IterableIterator<string> {
    return this.keys.keys();
  }

  /** Sets what is there without an operation. */
  place(key: string, state: State): void {
    this.keys.set(key, [{ index: 0, state, operation: 0, from: 0, certain: 0, seen: {} }]);
  }

  /** The operation may happen from now on. */
  begin(operation: number, effects: readonly Effect[], now: number): void {
    for (const { key, between, final } of effects) {
      const list = this.list(key);
      for (const state of [...between, final]) {
        list.push({ index: list.at(-1)!.index + 1, state, operation, from: now, certain: NEVER, seen: {} });
      }
    }
  }

  /** It has happened. */
  end(operation: number, effects: readonly Effect[], now: number): void {
    for (const { key } of effects) {
      const final = this.latest(key);
      final.certain = now;
      if (final.operation !== operation) throw new Error(`${key}: two operations at once`);
    }
  }

  /** The oldest version that could be there at that time. */
  certainAt(key: string, time: number, facet: Facet): Version {
    return this.list(key).findLast(({ certain, seen }) => certain <= time || seen[facet]! <= time)!;
  }

  /** Everything before what is there now is forgotten; nothing may be under way. */
  settle(): void {
    for (const [key, list] of this.keys) {
      const last = list.at(-1)!;
      if (key.startsWith('#') && last.state?.kind === 'file' && last.state.nlink === 0) {
        this.keys.delete(key);
        this.lines.delete(key);
      } else this.keys.set(key, [last]);
    }
  }

  note(keys: Iterable<string>, line: string): void {
    for (const key of keys) {
      const lines = this.lines.get(key) ?? [];
      lines.push(line);
      if (lines.length > LINES) lines.shift();
      this.lines.set(key, lines);
    }
  }

  notes(key: string): readonly string[] {
    return this.lines.get(key) ?? [];
  }

  private list(key: string): Version[] {
    let list = this.keys.get(key);
    if (list === undefined) {
      this.place(key, null);
      list = this.keys.get(key)!;
    }
    return list;
  }
}
