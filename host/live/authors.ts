/**
 * Who caused an event: this mount's guest, or somebody else. The feed tells which events other processes caused (feed.ts `foreign`), the
 * other mounts of this process say what they do ({@link Others}), and what remains is the guest's own.
 *
 * An event and the word on who caused it come on two ways, at nearly the same time: either may come a drain later than the other.
 * So a word is good for two drains; and where the event was there first and was taken for the guest's own, it is judged again.
 */
import { IN } from '../../native/os-watch.js';
import type { Context } from '../context.js';
import { S } from '../snapshot/stat.js';
import type { Event } from './batch.js';
import { cellOf, type Others } from './clients.js';
import type { Directories } from './directories.js';
import type { Observer } from './observer.js';

/** 'unknown': nobody says it of this directory; the state has to tell. */
export type Author = 'own' | 'foreign' | 'unknown';

interface Word {
  readonly slot: number;
  readonly name: string;
  mask: number;
  /** bits of events for which it has been used */
  used: number;
}

const NAMES = IN.CREATE | IN.DELETE | IN.MOVED_FROM | IN.MOVED_TO;
const CONTENT = IN.MODIFY | IN.ATTRIB | IN.CLOSE_WRITE;
const BITS = NAMES | CONTENT;

export class Authors {
  private words = new Map<string, Word>();
  private earlier = new Map<string, Word>();
  /** what was taken for the guest's own by the drain before */
  private own: Event[] = [];
  private ownNow: Event[] = [];

  constructor(
    private readonly c: Context,
    private readonly directories: Directories,
    private readonly observer: Observer,
    private readonly others: Others,
  ) {}

  /** Others caused events (bits of IN) of this name. */
  told(slot: number, mask: number, name: string): void {
    const key = `${slot}/${name}`;
    const word = this.words.get(key);
    if (word === undefined) this.words.set(key, { slot, name, mask: mask & BITS, used: 0 });
    else word.mask |= mask & BITS;
  }

  /** Before a drain. */
  drains(): void {
    this.others.drains();
  }

  /** Says of each event who caused it. */
  judge(events: readonly Event[]): void {
    const none = this.others.none;
    for (const event of events) {
      if (event.author === 'foreign') continue;
      event.author = this.authorOf(event, none);
      if (event.author === 'own') this.ownNow.push(event);
    }
  }

  /** Events of the drain before that were taken for the guest's own, before the word came that they are not. */
  again(): Event[] {
    if (this.words.size === 0 || this.own.length === 0) return [];
    const again: Event[] = [];
    for (const event of this.own) {
      const word = this.words.get(`${event.slot}/${event.name}`);
      if (word === undefined || (word.mask & ~word.used & event.mask) === 0) continue;
      word.used |= event.mask & BITS;
      again.push({ ...event, author: 'foreign' });
    }
    return again;
  }

  /** The drain has been judged. Result: names of which others caused events that nobody has told us. */
  drained(): { slot: number; name: string }[] {
    this.others.drained();
    const silent = [...this.earlier.values()].filter(({ mask, used }) => (mask & ~used) !== 0);
    this.earlier = this.words;
    if (this.words.size > 0) this.words = new Map();
    this.own = this.ownNow;
    this.ownNow = [];
    return silent;
  }

  private authorOf({ slot, name, mask }: Event, none: boolean): Author {
    if (!this.directories.isAttributed(slot)) return 'unknown';
    if ((mask & IN.ISDIR) !== 0 && (mask & NAMES) === 0) return this.authorOfDirectory(slot, name, mask, none);
    if (this.isForeign(slot, name, mask)) return 'foreign';
    if (none) return 'own';
    if (this.isOthers(slot)) return 'foreign';
    if ((mask & NAMES) !== 0) return 'own';
    const row = this.rowOf(slot, name);
    return row !== undefined && this.others.touched(cellOf(row[S.inoLo], row[S.inoHi])) ? 'foreign' : 'own';
  }

  /** What is done to a directory itself is said under its own number. One that the guest does not know it has not changed. */
  private authorOfDirectory(slot: number, name: string, mask: number, none: boolean): Author {
    const row = this.rowOf(slot, name);
    const node = row === undefined ? -1 : this.observer.nodeOf(row);
    if (node < 0) return 'foreign';
    if (!this.directories.isAttributed(node)) return 'unknown';
    return this.isForeign(node, '.', mask) || (!none && this.isOthers(node)) ? 'foreign' : 'own';
  }

  private isForeign(slot: number, name: string, mask: number): boolean {
    if (this.words.size + this.earlier.size === 0) return false;
    const key = `${slot}/${name}`;
    let foreign = false;
    for (const words of [this.words, this.earlier]) {
      const word = words.get(key);
      if (word === undefined || (word.mask & mask) === 0) continue;
      word.used |= mask & BITS;
      foreign = true;
    }
    return foreign;
  }

  private isOthers(slot: number): boolean {
    const { nodes } = this.c;
    return this.others.touched(cellOf(nodes.inoLo[slot], nodes.inoHi[slot]));
  }

  private rowOf(slot: number, name: string): Uint32Array | undefined {
    return this.directories.known(slot, name) ?? this.seen(slot, name);
  }

  private seen(slot: number, name: string): Uint32Array | undefined {
    return this.observer.look(slot, name) === 0 ? this.observer.row : undefined;
  }
}
