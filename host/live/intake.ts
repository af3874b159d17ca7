/** What a feed tells, collected until it is judged. */
import type { Ended, FeedSink, Loss } from '../watch/feed.js';
import type { Event } from './batch.js';
import { addName, type Names } from './names.js';

export class Intake implements FeedSink {
  events: Event[] = [];
  /** of feeds that only say where to look */
  names = new Map<number, Names>();
  /** bits of IN, by file that is watched itself */
  objects = new Map<number, number>();
  loss: Loss | undefined;
  /** see authors.ts */
  foreign: (slot: number, mask: number, name: string) => void;
  /** directories whose own attributes may have changed */
  readonly selves = new Set<number>();
  readonly ends: (readonly [slot: number, why: Ended])[] = [];

  constructor(foreign: (slot: number, mask: number, name: string) => void) {
    this.foreign = foreign;
  }

  event(slot: number, mask: number, cookie: number, name: string): void {
    if (name !== '') this.events.push({ slot, mask, cookie, name, author: 'unknown' });
    else this.selves.add(slot);
  }

  object(slot: number, mask: number): void {
    this.objects.set(slot, (this.objects.get(slot) ?? 0) | mask);
  }

  dirty(slot: number, name: string): void {
    addName(this.names, slot, name);
  }

  self(slot: number): void {
    this.selves.add(slot);
  }

  directory(slot: number): void {
    this.names.set(slot, 'whole');
  }

  ended(slot: number, why: Ended): void {
    this.ends.push([slot, why]);
  }

  everything(loss: Loss): void {
    this.loss = loss;
    this.events = [];
  }

  /** What was collected; `later` stays for the next time. */
  take(later: readonly Event[]): void {
    this.events = [...later];
    this.names = new Map();
    if (this.objects.size > 0) this.objects = new Map();
    this.selves.clear();
    this.ends.length = 0;
    this.loss = undefined;
  }
}
