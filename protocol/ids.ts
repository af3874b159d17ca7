/** Numbers that must not be confused with one another. A brand exists only for the compiler. */

declare const brand: unique symbol;
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** A mount, unique while the daemon lives; 1..2^32-1. */
export type MountId = Brand<number, 'MountId'>;
/** A FUSE node id of one mount as a number: index of the node table + 1; {@link ROOT} is the root. */
export type NodeId = Brand<number, 'NodeId'>;
/** A FUSE file handle of one mount. */
export type Fh = Brand<number, 'Fh'>;
/** Index into the shared handle table of one mount. */
export type Slot = Brand<number, 'Slot'>;
/** A lane known to the addon. */
export type LaneId = Brand<number, 'LaneId'>;
/** A file descriptor of this process. */
export type Descriptor = Brand<number, 'Descriptor'>;
/** A byte offset into the arena of the calling thread. */
export type ArenaOffset = Brand<number, 'ArenaOffset'>;
/** `id` of an Envelope: pairs a reply with its request on one control connection. */
export type EnvelopeId = Brand<number, 'EnvelopeId'>;
/** `st_uid`, `st_gid` as the guest sees them. */
export type Uid = Brand<number, 'Uid'>;
export type Gid = Brand<number, 'Gid'>;

export const mountId = (value: number): MountId => value as MountId;
export const nodeId = (value: number): NodeId => value as NodeId;
export const fh = (value: number): Fh => value as Fh;
export const slot = (value: number): Slot => value as Slot;
export const laneId = (value: number): LaneId => value as LaneId;
export const descriptor = (value: number): Descriptor => value as Descriptor;
export const arenaOffset = (value: number): ArenaOffset => value as ArenaOffset;
export const envelopeId = (value: number): EnvelopeId => value as EnvelopeId;
export const uid = (value: number): Uid => value as Uid;
export const gid = (value: number): Gid => value as Gid;

/** FUSE_ROOT_ID. */
export const ROOT = nodeId(1);
