import type { Mounted } from './targets/target.js';
import type { Timed, Workload } from './workloads/workload.js';

/** What changed between two counts, without what did not. */
export function difference(before: Readonly<Record<string, number>>, after: Readonly<Record<string, number>>) {
  const grown: Record<string, number> = {};
  for (const [name, count] of Object.entries(after)) {
    const more = count - (before[name] ?? 0);
    if (more !== 0) grown[name] = more;
  }
  return grown;
}

/** The requests that one quick run of each workload causes: where two servers differ in number, time is not the reason. */
export async function* countRequests(mounted: readonly Mounted[], workloads: readonly Workload[], timed: Timed) {
  for (const workload of workloads) {
    for (const one of mounted) {
      if (workload.needsServer && one.servers().length === 0) continue;
      await workload.prepare?.(one, { quick: true }, timed);
      const before = await one.requests();
      await workload.run(one, { quick: true }, timed);
      const after = await one.requests();
      if (before && after) yield { workload: workload.name, target: one.target, requests: difference(before, after) };
    }
  }
}
