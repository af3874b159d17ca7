/**
 * What the lanes of a mount share where the guest opens no files (FUSE_NO_OPEN_SUPPORT), and READ and WRITE name only a node: hints in
 * which slot of the handle table a node's file may be held, marks of use, and the question of the data lane for a file
 * that is not held yet.
 *
 *     data lane                                       metadata lane
 *       hint of the node → pin ─── found ──▶ use        owns nodes, files, hints
 *            └── not there: ask, wait ───────────────▶ answer: opens the file, sets the hint
 *
 * A hint proves nothing: the native table compares the nodeid under the pin. The metadata lane never waits for the data lane.
 */

/** What a file is asked for. */
export const Access = { READ: 0, WRITE: 1 } as const;

/** Kinds of questions beyond {@link Access}: an append has landed elsewhere than the guest believes. */
export const MISPLACED = 2;

/** Bits of a mark of use. */
export const Used = { READ: 1, WRITTEN: 2 } as const;

/** Of nodes: as many have a hint of their own; those whose slots differ by a multiple of it share one. A power of two. */
const HINTS = 1 << 16;
/** Words before the hints. */
const ENABLED = 0;
const STATE = 1;
const NODE_LO = 2;
const NODE_HI = 3;
const KIND = 4;
const RESULT = 5;
const FIRST_HINT = 8;

const Asking = { IDLE: 0, ASKED: 1, ANSWERED: 2, ENDED: 3 } as const;

export function heldBytes(handles: number): number {
  return (FIRST_HINT + HINTS) * 4 + handles;
}

class Shared {
  protected readonly words: Int32Array;
  protected readonly used: Uint8Array;

  constructor(shared: SharedArrayBuffer) {
    this.words = new Int32Array(shared, 0, FIRST_HINT + HINTS);
    this.used = new Uint8Array(shared, (FIRST_HINT + HINTS) * 4);
  }

  /** Place of the hint of a nodeid's low word. */
  protected place(nodeLo: number): number {
    return FIRST_HINT + ((nodeLo - 1) & (HINTS - 1));
  }

  protected mark(handle: number, bits: number): void {
    Atomics.or(this.used, handle, bits);
  }
}

/** The data lane's side. */
export class Asker extends Shared {
  /** READ and WRITE name nodes in this mount, not handles; agreed by INIT, which comes before either. */
  get isEnabled(): boolean {
    return Atomics.load(this.words, ENABLED) !== 0;
  }

  /** The slot that may hold the node's file, or -1. */
  hint(nodeLo: number): number {
    return Atomics.load(this.words, this.place(nodeLo)) - 1;
  }

  /** Before the pinned slot is used. */
  use(handle: number, bits: number): void {
    this.mark(handle, bits);
  }

  /**
   * Asks the metadata lane, whom `wake` wakes, and waits for its answer: a slot or -errno. Undefined if it has ended, or
   * `given up` says that nobody is to wait any more.
   */
  ask(nodeLo: number, nodeHi: number, kind: number, wake: () => void, givenUp: () => boolean): number | undefined {
    const w = this.words;
    w[NODE_LO] = nodeLo;
    w[NODE_HI] = nodeHi;
    w[KIND] = kind;
    if (Atomics.compareExchange(w, STATE, Asking.IDLE, Asking.ASKED) !== Asking.IDLE) return undefined;
    wake();
    while (Atomics.wait(w, STATE, Asking.ASKED, LOOK_UP) === 'timed-out') if (givenUp()) return undefined;
    const result = w[RESULT];
    return Atomics.compareExchange(w, STATE, Asking.ANSWERED, Asking.IDLE) === Asking.ANSWERED ? result : undefined;
  }
}

/** How often somebody who waits looks whether it is of use still, ms. */
const LOOK_UP = 200;

/** The metadata lane's side. */
export class Answerer extends Shared {
  enable(): void {
    Atomics.store(this.words, ENABLED, 1);
  }

  /** Answers the question, if there is one, with the result of `answer`. */
  serve(answer: (nodeLo: number, nodeHi: number, kind: number) => number): void {
    const w = this.words;
    if (Atomics.load(w, STATE) !== Asking.ASKED) return;
    w[RESULT] = answer(w[NODE_LO] >>> 0, w[NODE_HI] >>> 0, w[KIND]);
    Atomics.store(w, STATE, Asking.ANSWERED);
    Atomics.notify(w, STATE);
  }

  /** No question is answered from now on. */
  end(): void {
    Atomics.store(this.words, STATE, Asking.ENDED);
    Atomics.notify(this.words, STATE);
  }

  setHint(nodeLo: number, handle: number): void {
    Atomics.store(this.words, this.place(nodeLo), handle + 1);
  }

  /** The slot is used by its lane, or about to be. */
  touch(handle: number, bits: number): void {
    this.mark(handle, bits);
  }

  /** Takes `bits` of a slot's marks back; those that were set. */
  takeUse(handle: number, bits: number): number {
    return Atomics.and(this.used, handle, ~bits) & bits;
  }
}
