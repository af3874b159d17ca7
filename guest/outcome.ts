/** Why a mount stopped serving, as the daemon and people should hear it. Pure. */
import { BAD_FRAME } from '../native/os.js';
import { BAD_ANNOUNCEMENT, TOO_MANY_ANNOUNCEMENTS } from '../native/os-guest.js';
import { Errno, errnoName, errnoText } from '../protocol/errno.js';
import { End, type WorkerReport } from './worker-report.js';

export interface Outcome {
  /** a clause without a full stop */
  readonly reason: string;
  /** the kernel ended it: nobody can be waiting, and most likely nothing is mounted any more */
  readonly byKernel: boolean;
}

export function outcomeOf(report: Pick<WorkerReport, 'end' | 'code'>): Outcome {
  const { end, code } = report;
  if (end === End.ASKED) return { reason: 'the agent ended it', byKernel: false };
  if (code === BAD_FRAME) return { reason: 'the daemon sent a message of an impossible length', byKernel: false };
  if (code === BAD_ANNOUNCEMENT)
    return { reason: 'the daemon announced something that makes no sense', byKernel: false };
  if (code === TOO_MANY_ANNOUNCEMENTS) {
    return { reason: 'the daemon announced more at once than it may', byKernel: false };
  }
  if (end !== End.LANE && isDisconnected(code)) return { reason: 'it was unmounted', byKernel: true };
  if (isHungUp(code)) return { reason: 'the daemon closed the connection', byKernel: false };
  return { reason: `${places[end]} failed: ${errnoText(code)} (${errnoName(code)})`, byKernel: false };
}

const places: Record<End, string> = {
  [End.ASKED]: '',
  [End.KERNEL]: 'reading /dev/fuse',
  [End.LANE]: 'the lane',
  [End.DELIVERY]: 'answering the kernel',
  [End.PUMP]: 'the data lane',
  [End.FAILED]: 'waiting for messages',
};

/** /dev/fuse after the unmount; ECONNABORTED if an administrator broke the connection instead. */
function isDisconnected(code: number): boolean {
  return code === -Errno.ENODEV || code === -Errno.ECONNABORTED || code === -Errno.ENOTCONN;
}

function isHungUp(code: number): boolean {
  return code === -Errno.ECONNRESET || code === -Errno.EPIPE || code === -Errno.ESHUTDOWN;
}
