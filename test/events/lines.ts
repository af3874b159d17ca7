/** Events as lines that can be compared: everything that a watcher is told, less what nobody can promise. */
import { IN } from '../../native/os-watch.js';
import type { Seen } from './protocol.js';

const NAMES = Object.entries(IN);

/** "CREATE|ISDIR" */
export function words(mask: number): string {
  return NAMES.filter(([, bit]) => (mask & bit) >>> 0 === bit)
    .map(([name]) => name)
    .join('|');
}

/** Numbers cookies by their first appearance: the kernel's own count is one for the whole machine. */
export class Cookies {
  private readonly known = new Map<number, number>();

  of(cookie: number): string {
    if (cookie === 0) return '';
    if (!this.known.has(cookie)) this.known.set(cookie, this.known.size + 1);
    return ` #${this.known.get(cookie)}`;
  }
}

export interface LineOptions {
  /** merge a line with an equal one in front of it, of the same watch: `Change.neighbours` says when and why */
  readonly merge: boolean;
}

/**
 * One line per event: the watch's label, what happened, the name, the cookie.
 *
 * Late events are left out. A recursive watcher learns of a new directory by an event and watches it then: what has happened in
 * it until that moment is told or not, on a plain directory too, as the two processes happened to run. The events of a watch count
 * from the step after the one in which it was added; that the new directory itself was told is in its parent's events.
 */
export function linesOf(events: readonly Seen[], cookies: Cookies, { merge }: LineOptions): string[] {
  const lines: string[] = [];
  const last = new Map<string, string>();
  for (const { label, mask, cookie, name, late } of events) {
    if (late) continue;
    const line = `${label}: ${words(mask)}${name === '' ? '' : ` ${JSON.stringify(name)}`}${cookies.of(cookie)}`;
    if (!merge || line !== last.get(label)) lines.push(line);
    last.set(label, line);
  }
  return lines;
}

/** Where the second differs from the first, as lines for people; empty: nowhere. */
export function difference(expected: readonly string[], actual: readonly string[]): string[] {
  if (expected.length === actual.length && expected.every((line, i) => line === actual[i])) return [];
  const common = longestCommon(expected, actual);
  const out: string[] = [];
  let [e, a] = [0, 0];
  for (const line of [...common, undefined]) {
    while (e < expected.length && expected[e] !== line) out.push(`- ${expected[e++]}`);
    while (a < actual.length && actual[a] !== line) out.push(`+ ${actual[a++]}`);
    if (line !== undefined) out.push(`  ${line}`);
    e++;
    a++;
  }
  return out;
}

function longestCommon(one: readonly string[], other: readonly string[]): string[] {
  const lengths = Array.from({ length: one.length + 1 }, () => new Array<number>(other.length + 1).fill(0));
  for (let i = one.length - 1; i >= 0; i--)
    for (let j = other.length - 1; j >= 0; j--)
      lengths[i][j] = one[i] === other[j] ? lengths[i + 1][j + 1] + 1 : Math.max(lengths[i + 1][j], lengths[i][j + 1]);
  const common: string[] = [];
  for (let i = 0, j = 0; i < one.length && j < other.length; ) {
    if (one[i] === other[j]) {
      common.push(one[i]);
      i++;
      j++;
    } else if (lengths[i + 1][j] >= lengths[i][j + 1]) i++;
    else j++;
  }
  return common;
}
