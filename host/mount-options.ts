/** The words a mount is described with, the same in the command line, the configuration and the control API. */

import type { OwnershipKind } from './ownership/kind.js';

export { CONSISTENCY_MODES, type Consistency } from './cache/policy.js';
export { OWNERSHIP_KINDS, type OwnershipKind } from './ownership/kind.js';

export interface Ownership {
  readonly kind: OwnershipKind;
  /** who owns an object without a record: strict 0 if not given, caller whoever asks; host: not used */
  readonly uid?: number;
  readonly gid?: number;
}

/** Name of the guest that is this machine itself. */
export const LOCAL_GUEST = 'local';

/** Mount and guest names: what fits in a table, a shell word and a file name. */
export const NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
/** What that means, for people. */
export const NAME_HINT = 'Use up to 63 letters, digits, . _ - and begin with a letter or digit';

/** uid_t and gid_t less (uid_t)-1, which chown(2) reads as "leave alone". */
export const ID_LIMIT = 0xfffffffe;
