import type { Mounted } from '../targets/target.js';

/** What a value is counted in. `ns`, `seconds`, `bytes` and `cpu` (share of one CPU) are better small. */
export type Unit = 'ns' | 'seconds' | 'bytes/s' | 'bytes' | 'cpu' | 'ratio';

/** One run of one workload on one target. */
export interface Sample {
  /** the number that is compared, in the workload's unit */
  readonly value: number;
  /** everything behind it, kept in the results file as it is */
  readonly raw: Readonly<Record<string, unknown>>;
}

/** What the issue of record promises. `against: 'reference'` bounds a ratio per round, `itself` the value. */
export type Limit =
  | { readonly against: 'reference'; readonly atMost: number }
  | { readonly against: 'reference'; readonly atLeast: number }
  | { readonly against: 'itself'; readonly atMost: number };

/** How much work: `quick` is for trying the suite, its figures are not for publishing. */
export interface Scale {
  readonly quick: boolean;
}

/** Runs `perf/native/workload` with these arguments and returns the object that it printed. */
export type Timed = (...args: (string | number)[]) => Promise<Record<string, unknown>>;

export interface Workload {
  readonly name: string;
  /** a row's title in the tables */
  readonly title: string;
  readonly unit: Unit;
  readonly limit?: Limit;
  /** only on targets with a server process of their own */
  readonly needsServer?: boolean;
  /** each sample on a server that was started for it, and only for the systems under test; one sample is enough */
  readonly anew?: boolean;
  /** Prepares files below `mounted.host`, the directory behind the mount; outside the timed part. */
  prepare?(mounted: Mounted, scale: Scale, timed: Timed): Promise<void>;
  run(mounted: Mounted, scale: Scale, timed: Timed): Promise<Sample>;
}

/** The list of numbers under `key`. @throws TypeError if the program printed something else */
export function numbers(output: Record<string, unknown>, key: string): number[] {
  const list = output[key];
  if (!Array.isArray(list) || list.some((n) => typeof n !== 'number')) throw new TypeError(`no samples in ${key}`);
  return list as number[];
}

/** The number under `key`. @throws TypeError if the program printed something else */
export function single(output: Record<string, unknown>, key: string): number {
  const value = output[key];
  if (typeof value !== 'number') throw new TypeError(`no number in ${key}`);
  return value;
}
