/** How many requests a mount sends: counted by the daemon, so that "none" is a number and not a matter of time. */
import type { Status } from '../../host/api.js';
import type { Osmofs } from './osmofs.js';
import { PATIENCE } from './patience.js';

/** By FUSE operation; those that did not occur are left out. */
export type Requests = Readonly<Record<string, number>>;

/** The kernel sends them when it likes, for what it gives up; nobody waits for an answer. */
const UNASKED = ['FORGET', 'BATCH_FORGET'];

async function counted(osmofs: Osmofs, target: string): Promise<Requests> {
  const { stdout } = await osmofs.succeed(['status', '--format', 'json']);
  const mount = (JSON.parse(stdout) as Status).mounts.find((each) => each.target === target);
  if (!mount?.statistics) throw new Error(`no statistics of ${target}:\n${stdout}`);
  const { statistics, answeredByAgent } = mount;
  return { ...statistics.requests, ...(answeredByAgent !== null && { 'answered by the agent': answeredByAgent }) };
}

function difference(before: Requests, after: Requests): Requests {
  const counts = Object.keys(after).map((name): [string, number] => [name, after[name]! - (before[name] ?? 0)]);
  return Object.fromEntries(counts.filter(([name, count]) => count !== 0 && !UNASKED.includes(name)));
}

/** The counters once they stand still: closing a file is told to the daemon after close(2) has returned. */
async function settled(osmofs: Osmofs, target: string): Promise<Requests> {
  const end = Date.now() + PATIENCE;
  for (let last = await counted(osmofs, target); ; ) {
    const now = await counted(osmofs, target);
    const moved = difference(last, now);
    if (Object.keys(moved).length === 0) return now;
    if (Date.now() > end) throw new Error(`${target} does not come to rest: ${JSON.stringify(moved)}`);
    last = now;
  }
}

/** What reached the daemon because of `act`, which must use the mount from other processes or synchronously. */
export async function requestsOf(osmofs: Osmofs, target: string, act: () => unknown): Promise<Requests> {
  const before = await settled(osmofs, target);
  await act();
  return difference(before, await settled(osmofs, target));
}
