/** How many requests a mount sends: counted by the daemon, so that "none" is a number and not a matter of time. */
import type { Osmofs } from './osmofs.js';
import { PATIENCE } from './patience.js';

/** By FUSE operation; those that did not occur are left out. */
type Requests = Readonly<Record<string, number>>;

export interface Trips {
  readonly daemon: Requests;
  /** answered by the agent, which asked nobody */
  readonly agent: number;
}

/** The kernel sends them when it likes, for what it gives up; nobody waits for an answer. */
const UNASKED = ['FORGET', 'BATCH_FORGET'];

async function counted(osmofs: Osmofs, target: string): Promise<Trips> {
  const { mounts } = await osmofs.status();
  const mount = mounts.find((each) => each.target === target);
  if (!mount?.statistics) throw new Error(`no statistics of ${target}: ${JSON.stringify(mounts)}`);
  const { statistics, answeredByAgent } = mount;
  return { daemon: statistics.requests, agent: answeredByAgent ?? 0 };
}

function difference(before: Trips, after: Trips): Trips {
  const counts = Object.entries(after.daemon).map(([name, count]): [string, number] => {
    return [name, count - (before.daemon[name] ?? 0)];
  });
  const daemon = Object.fromEntries(counts.filter(([name, count]) => count !== 0 && !UNASKED.includes(name)));
  return { daemon, agent: after.agent - before.agent };
}

/** The counters once they stand still: closing a file is told to the daemon after close(2) has returned. */
async function settled(osmofs: Osmofs, target: string): Promise<Trips> {
  const end = Date.now() + PATIENCE;
  for (let last = await counted(osmofs, target); ; ) {
    const now = await counted(osmofs, target);
    const moved = difference(last, now);
    if (Object.keys(moved.daemon).length === 0 && moved.agent === 0) return now;
    if (Date.now() > end) throw new Error(`${target} does not come to rest: ${JSON.stringify(moved)}`);
    last = now;
  }
}

/** What `act` made the mount ask. */
export async function tripsOf(osmofs: Osmofs, target: string, act: () => unknown): Promise<Trips> {
  const before = await settled(osmofs, target);
  await act();
  return difference(before, await settled(osmofs, target));
}
