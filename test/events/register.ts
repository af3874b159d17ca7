/** Registers the matrix as mocha tests of one target, one for each kind of watcher and change. */
import { PATIENCE } from '../support/patience.js';
import { exceptionOf } from './exceptions.js';
import { judge } from './judge.js';
import { type Case, groups, type Kind } from './matrix.js';
import { Recorder } from './recorder.js';
import { nativeTarget } from './targets/native.js';
import type { Target } from './targets/target.js';

/** Why the matrix cannot run here, or null: its views are mounts. */
export const impossible =
  process.platform !== 'linux' || process.getuid!() !== 0 ? 'needs Linux and root, for mounts' : null;

export interface Recorders {
  readonly native: Recorder;
  readonly target: Recorder;
}

/** Mocha hooks: both are open while the suite's tests run. */
export function recorders(makeTarget: () => Promise<Target>): Recorders {
  const open: { native?: Recorder; target?: Recorder } = {};
  before(async function () {
    this.timeout(6 * PATIENCE);
    if (impossible !== null) this.skip();
    open.native = await Recorder.open(await nativeTarget());
    open.target = await Recorder.open(await makeTarget());
  });
  after(async function () {
    this.timeout(6 * PATIENCE);
    try {
      await open.target?.close();
    } finally {
      await open.native?.close();
    }
  });
  return open as Recorders;
}

/** What is wrong in those cases, one paragraph each. */
export async function faults(
  { native, target }: Recorders,
  cases: readonly Case[],
  excepted: (one: Case) => string | undefined = () => undefined,
): Promise<string[]> {
  const found: string[] = [];
  for (const one of cases) {
    const wrong = await judge(native, target, one);
    const reason = excepted(one);
    if (reason !== undefined && wrong.length === 0)
      found.push(`the guest had cached ${one.warmth}: the same, and yet an exception: ${reason}`);
    else if (reason === undefined && wrong.length > 0)
      found.push([`the guest had cached ${one.warmth}:`, ...wrong].join('\n  '));
  }
  return found;
}

/** @param wanted the kinds of watchers that are judged */
export function register(title: string, makeTarget: () => Promise<Target>, wanted = (_: Kind) => true): void {
  describe(title, () => {
    const both = recorders(makeTarget);
    for (const { kind, change, cases } of groups().filter(({ kind }) => wanted(kind))) {
      const cached = cases.map(({ warmth }) => warmth).join(', ');
      it(`${change.title}; watching ${kind.title}; cached: ${cached} [${change.slug}]`, async function () {
        this.timeout(6 * PATIENCE);
        const found = await faults(both, cases, exceptionOf);
        if (found.length === 0) return;
        const message = `${found.length} of ${cases.length} cases differ from the plain directory\n${found.join('\n')}`;
        throw Object.assign(new Error(message), { stack: message });
      });
    }
  });
}
