import { SlowOp } from '../../native/os.js';
import type { Context } from '../context.js';
import { DEFERRED, type Request } from '../request.js';

/** STATFS: asked of the share root's file system by the pool, because a network file system may take its time. */
export function statfs(c: Context, r: Request): number {
  const failed = c.os.laneSubmit(c.lane, SlowOp.STATFS_FD, r.uniqueOff, c.rootFd, -1, r.arg);
  return failed < 0 ? failed : DEFERRED;
}
