/** What a mount is to be, before anything of it exists. */
import type { MountRequest } from './api.js';
import { type CachePolicy, grant } from './cache/policy.js';
import type { Config } from './config.js';
import type { Ownership } from './mount-options.js';
import type { Placed } from './mount-rules.js';
import { Problem } from './problem.js';

/** A mount as it was asked for, with all that was left open settled. */
export interface MountPlan {
  readonly placed: Placed;
  /** before links were resolved */
  readonly askedTarget: string;
  readonly policy: CachePolicy;
  readonly ownership: Ownership;
  readonly readOnly: boolean;
}

/** What a request leaves open, from the configuration; what that leaves open, as the product has it. */
export function settle(request: MountRequest, defaults: Config['defaults']) {
  const { uid, gid } = request;
  const kind = request.ownership ?? defaults?.ownership ?? 'caller';
  if (kind === 'host' && (uid ?? gid) !== undefined) {
    throw new Problem(
      'usage',
      request.source,
      'uid and gid have no meaning with ownership=host',
      'Use ownership=strict',
    );
  }
  const ownership: Ownership = {
    kind,
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  };
  const readOnly = request.readOnly ?? defaults?.readOnly ?? false;
  const policy = grant(request.consistency ?? defaults?.consistency ?? 'default', true, !readOnly);
  return { policy, ownership, readOnly };
}
