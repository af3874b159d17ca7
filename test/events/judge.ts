/** Compares a target with the plain directory, case by case. */
import { difference } from './lines.js';
import type { Case } from './matrix.js';
import type { Recorder, Recording } from './recorder.js';

/** The references of this run: each case is recorded once on the plain directory, and used for every target. */
const references = new WeakMap<Recorder, Map<string, Promise<Recording>>>();

/** What the plain directory shows in this case. */
export function reference(native: Recorder, one: Case): Promise<Recording> {
  const known = references.get(native) ?? new Map<string, Promise<Recording>>();
  references.set(native, known);
  const key = `${one.change.slug} ${one.kind.title} ${one.warmth}`;
  const recording = known.get(key) ?? native.record(one);
  known.set(key, recording);
  return recording;
}

/** What is wrong with the target in this case, as lines for people; empty: nothing. */
export async function judge(native: Recorder, target: Recorder, one: Case): Promise<string[]> {
  const recording = target.record(one).catch((error: Error) => error);
  const expected = await reference(native, one).finally(() => recording);
  const actual = await recording;
  if (expected.trees.length > 0)
    throw new Error(`the plain directory differs from itself: ${expected.trees.join('; ')}`);
  if (!expected.lines.some((line) => !line.startsWith('--')))
    throw new Error('nothing happens: this case shows nothing');
  if (actual instanceof Error) return [actual.message, 'expected', ...expected.lines.map((line) => `  ${line}`)];
  const events = difference(expected.lines, actual.lines);
  return [
    ...(events.length === 0 ? [] : ['events (- missing, + too many)', ...events.map((line) => `  ${line}`)]),
    ...(actual.trees.length === 0 ? [] : ['trees', ...actual.trees.map((line) => `  ${line}`)]),
  ];
}
