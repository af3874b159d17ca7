import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Disturbance, disturbance } from './environment.js';
import type { Mounted } from './targets/target.js';
import type { Sample, Scale, Timed, Workload } from './workloads/workload.js';

/** One line of a results file. */
export interface Measurement extends Sample, Disturbance {
  readonly workload: string;
  readonly target: string;
  /** 0 is the warm-up, which no table uses */
  readonly round: number;
}

export interface Plan {
  readonly workloads: readonly Workload[];
  /** targets that stay mounted for the whole run, in any order */
  readonly mounted: readonly Mounted[];
  /** a target that is mounted for one sample; for workloads with `anew` */
  readonly anew: () => Promise<Mounted>;
  readonly rounds: number;
  readonly scale: Scale;
  readonly timed: Timed;
  /** rejects with its reason if the run is to end early */
  readonly signal: AbortSignal;
}

const run = promisify(execFile);

/** Runs the workload program and reads its JSON. */
export function timedBy(program: string, signal: AbortSignal): Timed {
  return async (...args) => {
    const { stdout } = await run(program, args.map(String), { maxBuffer: 1 << 28, signal });
    return JSON.parse(stdout) as Record<string, unknown>;
  };
}

/** The list turned by `round`, so that nobody always comes first. */
export function rotated<T>(list: readonly T[], round: number): T[] {
  const shift = list.length === 0 ? 0 : round % list.length;
  return [...list.slice(shift), ...list.slice(0, shift)];
}

async function take(plan: Plan, workload: Workload, target: Mounted, round: number): Promise<Measurement> {
  plan.signal.throwIfAborted();
  const sample = await workload.run(target, plan.scale, plan.timed);
  return { workload: workload.name, target: target.target, round, ...sample, ...disturbance() };
}

async function* interleaved(plan: Plan, workload: Workload): AsyncGenerator<Measurement> {
  const targets = plan.mounted.filter((one) => !workload.needsServer || one.servers().length > 0);
  for (const one of targets) await workload.prepare?.(one, plan.scale, plan.timed);
  for (let round = 0; round <= plan.rounds; round++) {
    for (const one of rotated(targets, round)) yield await take(plan, workload, one, round);
  }
}

async function* onceAnew(plan: Plan, workload: Workload): AsyncGenerator<Measurement> {
  plan.signal.throwIfAborted();
  const target = await plan.anew();
  try {
    await workload.prepare?.(target, plan.scale, plan.timed);
    yield await take(plan, workload, target, 1);
  } finally {
    await target.end();
  }
}

/** Takes every sample of the plan: workload by workload, within one round by round, within one target by target. */
export async function* measure(plan: Plan): AsyncGenerator<Measurement> {
  for (const workload of plan.workloads) yield* workload.anew ? onceAnew(plan, workload) : interleaved(plan, workload);
}
