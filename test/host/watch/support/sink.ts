/** Somebody who is told by a feed, remembers it in words. */
import assert from 'node:assert/strict';
import { closeSync, constants, openSync } from 'node:fs';
import type { Feed, FeedSink, Key } from '../../../../host/watch/feed.js';
import { IN } from '../../../../native/index.js';

export interface Heard {
  readonly key: Key;
  readonly mask: number;
  readonly cookie: number;
  readonly name: string;
}

const BITS = Object.entries(IN).sort(([, one], [, other]) => one - other);

export class Listener implements FeedSink {
  readonly events: Heard[] = [];
  /** "1 CREATE|ISDIR name", "directory 1", "everything overflow", in order */
  readonly told: string[] = [];
  readonly hints = new Map<string, number>();
  /** called after each call */
  afterwards: () => void = () => {};

  event(key: Key, mask: number, cookie: number, name: string): void {
    this.events.push({ key, mask, cookie, name });
    const bits = BITS.filter(([, bit]) => (mask & bit) !== 0).map(([text]) => text);
    this.say(key, bits.join('|'), name);
  }
  object(key: Key, mask: number): void {
    this.say('object', key, BITS.find(([, bit]) => (mask & bit) !== 0)![0]);
  }
  dirty(key: Key, name: string, hints: number): void {
    const place = `${key} ${name}`;
    this.hints.set(place, (this.hints.get(place) ?? 0) | hints);
    this.say('dirty', key, name);
  }
  self(key: Key): void {
    this.say('self', key);
  }
  directory(key: Key): void {
    this.say('directory', key);
  }
  ended(key: Key, why: string): void {
    this.say('ended', key, why);
  }
  everything(loss: string): void {
    this.say('everything', loss);
  }

  /** What was told since the last time. */
  take(): string[] {
    this.events.length = 0;
    this.hints.clear();
    return this.told.splice(0);
  }

  private say(...words: (string | number)[]): void {
    this.told.push(words.filter((word) => word !== '').join(' '));
    this.afterwards();
  }
}

/** Drains; what was told, in words. */
export function drained(feed: Feed, listener: Listener): string[] {
  feed.drain(listener);
  return listener.take();
}

/** Watches a directory by its path; throws with the reason if it cannot be watched. */
export function watchPath(feed: Feed, path: string, key: Key): void {
  const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const outcome = feed.watch(fd, key);
    assert.ok(outcome.watched, outcome.watched ? '' : `${outcome.code}: ${outcome.reason}`);
  } finally {
    closeSync(fd);
  }
}
