/** A guest's work on a target, from an empty directory to the last echo that may still come. */
import { PATIENCE } from '../../support/patience.js';
import { compareTrees } from '../../support/trees.js';
import { here, Program } from '../program.js';
import type { ChangerRequests } from '../protocol.js';
import type { Target } from '../targets/target.js';
import type { GuestRequests } from './protocol.js';

export interface Work {
  /** every operation with its events */
  readonly lines: string[];
  /** what came behind the last of them: echoes */
  readonly afterwards: string[];
  /** where the two sides' trees differ */
  readonly trees: string[];
}

export interface WorkOptions {
  readonly seed: number;
  readonly count: number;
  /** see `GuestRequests.work` */
  readonly disturbance?: number;
  /** the work is done; echoes may still be under way */
  done?(): Promise<void>;
}

/** One request's worth, so that its answer comes in time. */
const PORTION = 500;

export async function work(target: Target, options: WorkOptions): Promise<Work> {
  const { seed, count, disturbance } = options;
  const changer = await Program.start<ChangerRequests>(here('./changer-main.js'), 'the changer');
  let guest: Program<GuestRequests> | undefined;
  try {
    guest = await Program.start<GuestRequests>(target.program('echo/guest-main.js', false), 'the guest');
    const name = `work-${seed}`;
    const dir = `${target.host}/${name}`;
    await changer.ask('directory', { dir });
    await guest.ask('begin', { dir: `${target.views.plain}/${name}`, seed });
    const lines: string[] = [];
    for (let left = count; left > 0; left -= PORTION) {
      const portion = { count: Math.min(left, PORTION), ...(disturbance !== undefined && { disturbance }) };
      lines.push(...(await guest.ask('work', portion)));
    }
    lines.push('the end', ...(await guest.ask('finish', {})));
    await options.done?.();
    const cookies = await changer.ask('cookies', { dir });
    const { lines: afterwards, missing } = await guest.ask('until', { cookies, milliseconds: PATIENCE });
    if (missing.length > 0) throw new Error(`${missing.length} of ${cookies.length} cookies never came`);
    const trees = [await changer.ask('tree', { dir }), await guest.ask('tree', {})] as const;
    return { lines, afterwards, trees: compareTrees(...trees, { owners: target.owners }) };
  } finally {
    await guest?.end();
    await changer.end();
  }
}
