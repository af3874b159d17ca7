/** Events of one drain, in their order, and the ways of objects through them. */
import { IN } from '../../native/os-watch.js';
import type { Author } from './authors.js';

export interface Event {
  /** the directory, a node */
  readonly slot: number;
  readonly mask: number;
  readonly cookie: number;
  /** latin1 */
  readonly name: string;
  author: Author;
}

const TAKES = IN.MOVED_FROM | IN.DELETE | IN.MOVED_TO;

export class Batch {
  readonly events: Event[] = [];
  /** index of the MOVED_TO of a cookie, of the MOVED_FROM */
  readonly to = new Map<number, number>();
  readonly from = new Map<number, number>();
  /** indices of events that take a name's object away or put another in its place */
  private takes: Map<string, number[]> | undefined;

  add(events: readonly Event[]): void {
    for (const event of events) {
      const i = this.events.push(event) - 1;
      if (event.mask & IN.MOVED_TO) this.to.set(event.cookie, i);
      else if (event.mask & IN.MOVED_FROM) this.from.set(event.cookie, i);
    }
    this.takes = undefined;
  }

  /** RENAME_EXCHANGE comes as two renames, there and back: the index of the second one's first half, or -1. */
  backOf(i: number, from: Event, to: Event): number {
    const next = this.events[i + 1];
    const last = this.events[i + 2];
    if (next === undefined || last === undefined) return -1;
    const back =
      (next.mask & IN.MOVED_FROM) !== 0 &&
      (last.mask & IN.MOVED_TO) !== 0 &&
      next.cookie === last.cookie &&
      next.slot === to.slot &&
      next.name === to.name &&
      last.slot === from.slot &&
      last.name === from.name;
    return back ? i + 1 : -1;
  }

  /** Where the object that event `i` gave this name is found after all events of the batch; undefined if nowhere. */
  whereNow(i: number, slot: number, name: string): { slot: number; name: string } | undefined {
    this.takes ??= indexTakes(this.events);
    for (let at = i, turns = 0; turns < 64; turns++) {
      const next = this.takes.get(`${slot}/${name}`)?.find((index) => index > at);
      if (next === undefined) return { slot, name };
      const event = this.events[next];
      if ((event.mask & IN.MOVED_FROM) === 0) return undefined;
      const to = this.to.get(event.cookie);
      if (to === undefined) return undefined;
      // In an exchange the second half comes back over the first.
      at = this.backOf(to, event, this.events[to]) >= 0 ? to + 2 : to;
      ({ slot, name } = this.events[to]);
    }
    return undefined;
  }
}

function indexTakes(events: readonly Event[]): Map<string, number[]> {
  const takes = new Map<string, number[]>();
  for (const [i, { slot, name, mask }] of events.entries()) {
    if ((mask & TAKES) === 0) continue;
    const key = `${slot}/${name}`;
    const list = takes.get(key);
    if (list === undefined) takes.set(key, [i]);
    else list.push(i);
  }
  return takes;
}
