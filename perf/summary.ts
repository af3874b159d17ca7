import type { Measurement } from './measure.js';
import { median, pairedRatios, type Spread } from './statistics.js';
import type { Limit, Workload } from './workloads/workload.js';

/** One row of a table. */
export interface Row {
  readonly workload: Workload;
  /** median over the rounds, by target */
  readonly values: Readonly<Record<string, number>>;
  /** of the subject over the reference, round by round; undefined without a reference */
  readonly ratio?: Spread;
  /** undefined without a limit or without the numbers that it speaks of */
  readonly holds?: boolean;
}

/** Values of one workload on one target in the order of rounds, without the warm-up. */
function valuesOf(measurements: readonly Measurement[], workload: string, target: string): number[] {
  return measurements
    .filter((m) => m.workload === workload && m.target === target && m.round > 0)
    .sort((a, b) => a.round - b.round)
    .map((m) => m.value);
}

/** Whether the limit holds, or undefined if the figure that it bounds is missing. */
export function holds(limit: Limit, ratio: number | undefined, value: number | undefined): boolean | undefined {
  const figure = limit.against === 'reference' ? ratio : value;
  if (figure === undefined) return undefined;
  return 'atMost' in limit ? figure <= limit.atMost : figure >= limit.atLeast;
}

/**
 * @param subject the target that the limits are for
 * @param reference the target that ratios are taken against
 */
export function summarise(
  workloads: readonly Workload[],
  measurements: readonly Measurement[],
  targets: readonly string[],
  subject: string,
  reference: string,
): Row[] {
  return workloads.map((workload) => {
    const rounds = new Map(targets.map((target) => [target, valuesOf(measurements, workload.name, target)]));
    const values: Record<string, number> = {};
    for (const [target, list] of rounds) if (list.length > 0) values[target] = median(list);
    const mine = rounds.get(subject) ?? [];
    const theirs = rounds.get(reference) ?? [];
    const ratio = mine.length > 0 && theirs.length === mine.length ? pairedRatios(mine, theirs) : undefined;
    const verdict = workload.limit && holds(workload.limit, ratio?.median, values[subject]);
    return {
      workload,
      values,
      ...(ratio && { ratio }),
      ...(verdict !== undefined && { holds: verdict }),
    };
  });
}
