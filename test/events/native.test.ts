/**
 * The matrix itself judged: a plain directory equals a plain directory in every case, and a target that hears nothing in none.
 * What is green here is what a mount can be asked for.
 */
import assert from 'node:assert/strict';
import { PATIENCE } from '../support/patience.js';
import { changes } from './changes/index.js';
import { groups, type Kind, kinds } from './matrix.js';
import { faults, impossible, recorders } from './register.js';
import { deafTarget } from './targets/deaf.js';
import { nativeTarget } from './targets/native.js';

const LIMIT = 12 * PATIENCE;
const all = groups();
/** Of a view, one state of the caches for each change: that a view works says one as well as six, and a mount gets them all. */
const casesOf = ({ title, view }: Kind) =>
  all.filter(({ kind }) => kind.title === title).flatMap(({ cases }) => (view === 'plain' ? cases : cases.slice(0, 1)));

const skipped = impossible === null ? '' : ` (skipped: ${impossible})`;

describe(`events: a plain directory against itself${skipped}`, () => {
  const both = recorders(nativeTarget);
  for (const kind of kinds) {
    const cases = casesOf(kind);
    it(`watching ${kind.title}: ${cases.length} cases, each twice, are the same events and the same trees`, async function () {
      this.timeout(LIMIT);
      const wrong: string[] = [];
      for (const one of cases) {
        const found = await faults(both, [one]);
        if (found.length > 0) wrong.push(`[${one.change.slug}] ${found.join('\n')}`);
      }
      assert.equal(wrong.length, 0, `${wrong.length} of ${cases.length} cases\n${wrong.join('\n')}`);
    });
  }
});

describe(`events: a target whose watcher hears nothing${skipped}`, () => {
  const both = recorders(deafTarget);
  it('is found wrong for every change, by its events', async function () {
    this.timeout(LIMIT);
    // Each change once, the kinds of watchers in turn.
    for (const [i, change] of changes.entries()) {
      const possible = all.filter((group) => group.change === change);
      const { kind, cases } = possible[i % possible.length]!;
      const found = await faults(both, cases.slice(0, 1));
      assert.match(found.join('\n'), /^ {2}events/m, `${change.slug}, watching ${kind.title}`);
    }
  });
});
