/**
 * The three answers to "who owns an object of the share":
 *
 * - `caller`: whoever asks, until somebody in the guest chowns it; reported, not enforced;
 * - `strict`: root (or a fixed owner), until somebody in the guest chowns it; enforced by the guest kernel;
 * - `host`: the host's numeric ids.
 */
export const OWNERSHIP_KINDS = ['caller', 'strict', 'host'] as const;

export type OwnershipKind = (typeof OWNERSHIP_KINDS)[number];

export interface OwnershipOptions {
  readonly kind: OwnershipKind;
  /**
   * Owner and group of objects without a record. `strict`: 0 if not given. `caller`: if given, reported instead of the
   * asking ids. `host`: not used.
   */
  readonly uid?: number;
  readonly gid?: number;
  /**
   * One word over a SharedArrayBuffer that all workers of the daemon share: the lock under which an object's mode is
   * changed for a moment (see momentary.ts). Without it only this worker's own changes exclude each other.
   */
  readonly momentaryLock?: Int32Array;
}

/**
 * Whether the guest kernel must check permissions itself (mount option `default_permissions`, mount.fuse(8)). It must not
 * for `caller`: the kernel remembers one owner per inode, and there the owner depends on who asks.
 */
export function needsDefaultPermissions(kind: OwnershipKind): boolean {
  return kind !== 'caller';
}
