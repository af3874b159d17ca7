/** The comparison itself: what it must see, and the two things that it must not. */
import assert from 'node:assert/strict';
import { IN } from '../../native/os-watch.js';
import { Cookies, difference, linesOf } from './lines.js';
import type { Seen } from './protocol.js';

const event = (mask: number, name = 'f', cookie = 0, late = false): Seen => ({ label: '.', mask, cookie, name, late });
const lines = (events: Seen[], merge = false) => linesOf(events, new Cookies(), { merge });

const SAVE = [
  event(IN.CREATE, 'tmp'),
  event(IN.MODIFY, 'tmp'),
  event(IN.CLOSE_WRITE, 'tmp'),
  event(IN.MOVED_FROM, 'tmp', 4711),
  event(IN.MOVED_TO, 'f', 4711),
  event(IN.MOVED_FROM, 'a', 4712),
  event(IN.MOVED_TO, 'b', 4712),
];

describe('events: the comparison of streams', () => {
  it('names cookies by their order, so that the kernel’s count does not matter', () => {
    const other = SAVE.map((one) => ({ ...one, cookie: one.cookie === 0 ? 0 : one.cookie + 1000 }));
    assert.deepEqual(lines(SAVE).slice(3, 5), ['.: MOVED_FROM "tmp" #1', '.: MOVED_TO "f" #1']);
    assert.deepEqual(difference(lines(SAVE), lines(other)), []);
  });

  it('finds every event that is missing, that comes twice, and every two that change places', () => {
    for (const i of SAVE.keys()) {
      const without = SAVE.filter((_, at) => at !== i);
      const twice = SAVE.flatMap((one, at) => (at === i ? [one, one] : [one]));
      const swapped = SAVE.map((one, at) => (at === i ? SAVE[i + 1] : at === i + 1 ? SAVE[i] : one));
      const wrong = [without, twice, ...(i + 1 < SAVE.length ? [swapped as Seen[]] : [])];
      for (const events of wrong) assert.notEqual(difference(lines(SAVE), lines(events)).length, 0, `event ${i}`);
    }
  });

  it('finds a rename whose halves are not one', () => {
    const apart = SAVE.map((one, i) => (i === 4 ? { ...one, cookie: 5000 } : one));
    const none = SAVE.map((one) => ({ ...one, cookie: 0 }));
    for (const events of [apart, none]) assert.notEqual(difference(lines(SAVE), lines(events)).length, 0);
  });

  it('finds another name, another watch, another bit', () => {
    for (const change of [{ name: 'tmq' }, { label: 'd' }, { mask: IN.CREATE | IN.ISDIR }]) {
      const events = SAVE.map((one, i) => (i === 0 ? { ...one, ...change } : one));
      assert.notEqual(difference(lines(SAVE), lines(events)).length, 0, JSON.stringify(change));
    }
  });

  it('says what is missing and what is too many', () => {
    assert.deepEqual(difference(['a', 'b', 'c'], ['a', 'c', 'd']), ['  a', '- b', '  c', '+ d']);
  });

  it('leaves late events out', () => {
    assert.deepEqual(lines([event(IN.CREATE | IN.ISDIR, 'd'), event(IN.CREATE, 'f', 0, true)]), [
      '.: CREATE|ISDIR "d"',
    ]);
  });

  it('merges equal neighbours where it is told to, and others never', () => {
    const written = [event(IN.MODIFY), event(IN.MODIFY), event(IN.CLOSE_WRITE), event(IN.MODIFY)];
    assert.deepEqual(lines(written, true), ['.: MODIFY "f"', '.: CLOSE_WRITE "f"', '.: MODIFY "f"']);
    assert.equal(lines(written).length, 4);
    const inTurn = [1, 2].flatMap(() => ['.', 'f'].map((label) => ({ ...event(IN.MODIFY, ''), label })));
    assert.deepEqual(lines(inTurn, true), ['.: MODIFY', 'f: MODIFY']);
  });

  it('shows a queue that has overflowed', () => {
    assert.deepEqual(lines([{ label: '', mask: IN.Q_OVERFLOW, cookie: 0, name: '', late: false }]), [': Q_OVERFLOW']);
  });
});
