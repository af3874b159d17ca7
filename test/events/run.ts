/**
 * Runs the matrix on a target without mocha, to look at single cases:
 *
 *     node dist/test/events/run.js [--target native|deaf|consistent|cached|delegated] [--only SLUG]… [--kind WORDS] [--show]
 *
 * Prints one line per case; of a failed one, and with --show of every one, the events. Exit status 0 if none failed.
 */
import { parseArgs } from 'node:util';
import { exceptionOf } from './exceptions.js';
import { judge, reference } from './judge.js';
import { groups } from './matrix.js';
import { Recorder } from './recorder.js';
import { type TargetName, targets } from './targets/index.js';
import { nativeTarget } from './targets/native.js';

const { values } = parseArgs({
  options: {
    target: { type: 'string', default: 'native' },
    only: { type: 'string', multiple: true },
    kind: { type: 'string', default: '' },
    show: { type: 'boolean', default: false },
  },
});

const makeTarget = targets[values.target as TargetName];
if (makeTarget === undefined) throw new Error(`no such target; there are: ${Object.keys(targets).join(', ')}`);
const cases = groups()
  .filter(({ change, kind }) => (values.only?.includes(change.slug) ?? true) && kind.title.includes(values.kind))
  .flatMap((group) => group.cases);

const native = await Recorder.open(await nativeTarget());
let failed = 0;
try {
  const target = await Recorder.open(await makeTarget());
  try {
    for (const one of cases) {
      const wrong = await judge(native, target, one);
      const excepted = target.target.late && exceptionOf(one) !== undefined;
      const ok = excepted === wrong.length > 0;
      if (!ok) failed++;
      const name = `${one.change.slug}, ${one.kind.title}, cached ${one.warmth}`;
      console.log(`${ok ? 'ok' : 'not ok'} ${name}${excepted ? ' (an exception)' : ''}`);
      const shown = values.show ? (await reference(native, one)).lines : [];
      for (const line of wrong.length > 0 ? wrong : shown) console.log(`  # ${line}`);
    }
  } finally {
    await target.close();
  }
} finally {
  await native.close();
}
console.log(`# ${cases.length - failed} of ${cases.length} as they should be`);
process.exitCode = failed === 0 ? 0 : 1;
