/**
 * Where mounts overlap, the stricter mode rules the overlap, in every superblock of this daemon and whatever guest it is in:
 * `consistent` > `cached` > `delegated`; `default` does not count. What counts is what was granted.
 */
import type { Consistency } from './cache/policy.js';
import type { Directories } from './mount-services.js';
import { Problem } from './problem.js';

/** A superblock whose guest may keep something. */
export interface Ruled {
  /** Resolves when its guest has given back what it kept below these directories. Never rejects. */
  rule(descriptors: readonly number[]): Promise<void>;
}

/** ms */
const PATIENCE = 30_000;

const RANK: Record<Consistency, number> = { delegated: 1, cached: 2, consistent: 3, default: 0 };

/** The modes that let a guest keep something: these can be ruled. */
const KEEPING: readonly Consistency[] = ['cached', 'delegated'];

export interface OverlapOptions extends Directories {
  /** how long the guests may take to give back what they keep, ms */
  readonly patience?: number;
}

interface Ruler {
  readonly mode: Consistency;
  /** of the directory: while it is open, its numbers are nobody else's */
  readonly descriptor: number;
}

export class Overlap {
  readonly #rulers = new Set<Ruler>();
  readonly #ruled = new Map<Ruled, Consistency>();
  readonly #options: OverlapOptions;

  constructor(options: OverlapOptions) {
    this.#options = options;
  }

  /** A superblock is about to be served: it learns who rules it, now and from now on. @returns ends that */
  attend(superblock: Ruled, mode: Consistency): () => void {
    if (!KEEPING.includes(mode)) return () => {};
    this.#ruled.set(superblock, mode);
    void this.#tell([superblock]);
    return () => this.#ruled.delete(superblock);
  }

  /**
   * A mount of this directory is about to be there. When this resolves, no weaker one lets its guest keep anything below it.
   *
   * @returns the mount is gone: they may again
   * @throws Problem 'timed-out' if a guest does not give back what it keeps, SystemError if the directory cannot be opened
   */
  async enter(source: string, mode: Consistency): Promise<() => void> {
    if (!KEEPING.some((weaker) => RANK[weaker] < RANK[mode])) return () => {};
    const ruler: Ruler = { mode, descriptor: this.#options.open(source) };
    this.#rulers.add(ruler);
    const { patience = PATIENCE } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(resolve, patience, 'late');
    });
    const told = await Promise.race([this.#tell(this.#below(mode)), late]);
    clearTimeout(timer);
    if (told !== 'late') return () => this.#leave(ruler);
    this.#leave(ruler);
    const what = `a guest has not given back within ${patience / 1000} s what it keeps of it under a weaker mount`;
    throw new Problem('timed-out', source, what, 'See the mounts: osmofs ls');
  }

  #leave(ruler: Ruler): void {
    if (!this.#rulers.delete(ruler)) return;
    // Its descriptor is theirs until they have heard of it.
    void this.#tell(this.#below(ruler.mode)).then(() => this.#options.close(ruler.descriptor));
  }

  #below(mode: Consistency): Ruled[] {
    return [...this.#ruled].filter(([, weaker]) => RANK[weaker] < RANK[mode]).map(([superblock]) => superblock);
  }

  async #tell(superblocks: readonly Ruled[]): Promise<void> {
    await Promise.all(
      superblocks.map((superblock) => {
        const rank = RANK[this.#ruled.get(superblock)!];
        const rulers = [...this.#rulers].filter(({ mode }) => RANK[mode] > rank);
        return superblock.rule(rulers.map(({ descriptor }) => descriptor));
      }),
    );
  }
}
