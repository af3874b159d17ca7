/** What is known of one side: how old what it shows may be, and what its watcher was told. */
import { PATIENCE } from '../../support/patience.js';
import { IN } from '../../support/sys.js';
import { Actor, type SideOptions } from './actor.js';
import { FACETS, type Facet, type History } from './history.js';
import type { Notice, Told } from './steps.js';

export class Side {
  readonly actor: Actor;
  readonly name: string;
  /** descriptors it holds: handle → number of the file */
  readonly handles = new Map<number, number>();
  events = 0;
  private readonly floors = new Map<string, number>();
  private readonly waiting = new Map<string, (() => void)[]>();
  /** inotify cookies of moves from names of which the check knows whose they are → operation */
  private readonly moves = new Map<number, number>();

  /** @param strict shows what is there; else it may answer from a cache */
  constructor(
    readonly index: number,
    options: SideOptions,
    readonly strict: boolean,
    private readonly history: History,
  ) {
    this.name = options.name;
    this.actor = new Actor(options);
  }

  /** The oldest version that it may show. */
  floor(facet: Facet, key: string, asked: number): number {
    const known = this.floors.get(`${facet} ${key}`) ?? 0;
    const { index } = this.strict ? this.history.certainAt(key, asked, facet) : this.history.versions(key)[0]!;
    return Math.max(known, index);
  }

  raise(facet: Facet, key: string, index: number): void {
    const name = `${facet} ${key}`;
    this.floors.set(name, Math.max(this.floors.get(name) ?? 0, index));
  }

  raiseAll(key: string, index: number): void {
    for (const facet of FACETS) this.raise(facet, key, index);
  }

  /** Whether a change made here acts on what is there, and not on something older that a cache shows. */
  current(keys: readonly string[]): boolean {
    if (this.strict) return true;
    return keys.every((key) => this.floor('stat', key, 0) >= this.history.latest(key).index);
  }

  /** It has seen everything up to now. */
  settled(): void {
    this.floors.clear();
    this.moves.clear();
  }

  /** What the events say about the age of what it shows from now on. */
  learn({ told }: Notice): void {
    for (const each of told) {
      this.events++;
      this.learnOf(each);
      for (const resolve of this.waiting.get(each.path) ?? []) resolve();
      this.waiting.delete(each.path);
    }
  }

  /** Resolves when an event about one of the paths arrives; to be called before what causes it. */
  eventOn(...paths: readonly string[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`${this.name}: no event about ${paths.join(' or ')} within ${3 * PATIENCE} ms`));
      }, 3 * PATIENCE);
      const done = () => {
        clearTimeout(timer);
        resolve();
      };
      for (const path of paths) this.waiting.set(path, [...(this.waiting.get(path) ?? []), done]);
    });
  }

  private learnOf({ path, mask, cookie }: Told): void {
    // What a guest that keeps something has written is closed on the host a moment later, maybe when the next change is under way.
    if (mask === IN.CLOSE_WRITE) return;
    // Events may have been merged: of most it is known only that the first change since everybody was level caused it.
    const first = this.history.versions(path)[1];
    if (first !== undefined) this.raiseAll(path, first.index);
    const own = /\/\.t(\d+)$/.exec(path);
    if (own !== null && (mask & IN.MOVED_FROM) !== 0) this.moves.set(cookie, Number(own[1]));
    const operation = (mask & IN.MOVED_TO) !== 0 ? this.moves.get(cookie) : undefined;
    const moved = this.history.versions(path).findLast((version) => version.operation === operation);
    if (operation !== undefined && moved !== undefined) this.raiseAll(path, moved.index);
  }
}
