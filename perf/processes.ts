import { readdirSync, readFileSync } from 'node:fs';

/** What proc(5) says of processes. Linux only, as the suite is. */

/** Microseconds per clock tick of /proc/PID/stat: USER_HZ is 100 on every Linux. */
const TICKS_PER_SECOND = 100;

/** Fields of /proc/PID/stat after the command's name, which may contain anything; [0] is field 3, the state. */
function statFields(pid: number): string[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

/** The process and everything that descends from it. */
export function family(root: number): number[] {
  const parents = new Map<number, number>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      parents.set(Number(entry), Number(statFields(Number(entry))[1]));
    } catch {
      // ended between the listing and the look
    }
  }
  const found = [root];
  for (const pid of found) for (const [child, parent] of parents) if (parent === pid) found.push(child);
  return found;
}

/** Processor time used so far, user and system, all threads, in seconds. */
export function cpuSeconds(pids: readonly number[]): number {
  let ticks = 0;
  for (const pid of pids) {
    const fields = statFields(pid);
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks / TICKS_PER_SECOND;
}

export interface Memory {
  /** resident pages of each process added up, in bytes: pages that two share count twice */
  readonly rss: number;
  /** as `rss`, a page shared by n processes counting 1/n for each */
  readonly pss: number;
}

export function memory(pids: readonly number[]): Memory {
  const sum = { rss: 0, pss: 0 };
  for (const pid of pids) {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
    sum.rss += Number(/^Rss:\s+(\d+) kB/m.exec(rollup)?.[1]) * 1024;
    sum.pss += Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1]) * 1024;
  }
  return sum;
}
