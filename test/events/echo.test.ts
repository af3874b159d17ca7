/**
 * No echo: what a guest does itself is told there once, as on a plain directory, and the host's side of it announces nothing. The
 * operations are random, the same in both places; each is compared with what it returned and with the events it caused.
 */
import assert from 'node:assert/strict';
import { PATIENCE } from '../support/patience.js';
import { announcementsOf } from './echo/announcements.js';
import { type Work, type WorkOptions, work } from './echo/run.js';
import { difference } from './lines.js';
import { impossible } from './register.js';
import { judged, targets } from './targets/index.js';
import type { MountTarget } from './targets/mount.js';
import { nativeTarget } from './targets/native.js';
import type { Target } from './targets/target.js';

const OPTIONS: WorkOptions = { seed: 20260, count: 10_000 };
const LIMIT = 12 * PATIENCE;
const skipped = impossible === null ? '' : ` (skipped: ${impossible})`;

/** The first operations in which two runs differ: from then on the worlds are two. */
function firstDifference(expected: Work, actual: Work): string[] {
  const at = expected.lines.findIndex((line, i) => line !== actual.lines[i]);
  if (at === -1 && expected.lines.length === actual.lines.length) return [];
  const around = ({ lines }: Work) => lines.slice(Math.max(0, at - 5), at + 5);
  return difference(around(expected), around(actual));
}

/** Opens the target, uses it, and takes it away. */
async function onTarget<T extends Target, R>(open: () => Promise<T>, use: (target: T) => Promise<R>): Promise<R> {
  const target = await open();
  try {
    return await use(target);
  } finally {
    await target.dispose();
  }
}

const native = (options: WorkOptions) => onTarget(nativeTarget, (target) => work(target, options));

describe(`events: ${OPTIONS.count} operations of a guest${skipped}`, () => {
  let expected: Work;

  before(async function () {
    this.timeout(LIMIT);
    if (impossible !== null) this.skip();
    expected = await native(OPTIONS);
  });

  it('succeed mostly, and every sort of event comes of them', () => {
    const operations = expected.lines.filter((line) => /^\d/.test(line));
    assert.equal(operations.length, OPTIONS.count);
    const failed = operations.filter((line) => / E[A-Z]+$/.test(line));
    assert.ok(failed.length < OPTIONS.count / 3, `${failed.length} failed`);
    const sorts = [
      'CREATE',
      'CREATE|ISDIR',
      'MODIFY',
      'CLOSE_WRITE',
      'ATTRIB',
      'ATTRIB|ISDIR',
      'DELETE',
      'DELETE|ISDIR',
    ];
    const rest = ['MOVED_FROM', 'MOVED_TO', 'MOVED_TO|ISDIR', 'MOVE_SELF', 'DELETE_SELF', 'IGNORED'];
    for (const sort of [...sorts, ...rest]) {
      const count = expected.lines.filter((line) => line.split(': ')[1]?.split(' ')[0] === sort).length;
      assert.ok(count >= 10, `${sort}: ${count} times`);
    }
    assert.deepEqual(expected.afterwards, []);
    assert.deepEqual(expected.trees, []);
  });

  it('are the same events on another plain directory, and one more event is found', async function () {
    this.timeout(LIMIT);
    assert.deepEqual(firstDifference(expected, await native(OPTIONS)), []);
    const disturbed = await native({ ...OPTIONS, count: 1000, disturbance: 700 });
    assert.match(firstDifference(expected, disturbed).join('\n'), /^\+ {3}\.: ATTRIB\|ISDIR$/m);
  });

  for (const name of judged) {
    it(`on a mount, ${name}, are the same events, and nothing is announced`, async function () {
      this.timeout(LIMIT);
      await onTarget(targets[name] as () => Promise<MountTarget>, async (mount) => {
        const before = await announcementsOf(mount);
        let announced = Number.NaN;
        // Of the host's changes there is the directory in which all of it happens. Before the cookies, which are announced.
        const done = async () => {
          announced = (await announcementsOf(mount)) - before;
        };
        const actual = await work(mount, { ...OPTIONS, done });
        const wrong = [
          ...firstDifference(expected, actual),
          ...actual.afterwards.map((line) => `afterwards: ${line}`),
          ...actual.trees,
        ].join('\n');
        if (wrong !== '') throw Object.assign(new Error(wrong), { stack: `the first difference:\n${wrong}` });
        assert.equal(announced, 1, `${announced} announcements`);
      });
    });
  }
});
