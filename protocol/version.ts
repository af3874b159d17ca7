/** What this build of osmofs speaks on its connections. */

/** Raised when an older peer could misunderstand; the two sides must agree on it. */
export const PROTOCOL_MAJOR = 1;
/** Raised with every addition that an older peer may ignore; the smaller one of the two sides counts. */
export const PROTOCOL_MINOR = 5;

/**
 * A lane's bytes travel through memory that both sides map. Only where daemon and agent run on one kernel: the daemon sends
 * the memory over the lane's unix socket right behind its answer to the hello.
 */
export const SHARED_LANES = 'shared-lanes';

/** The agent runs programs in its guest for the daemon (Exec). Named by agents of virtual machines only. */
export const EXEC = 'exec';
/** The agent switches its guest off when it is asked to (PowerOff). Named by agents of virtual machines only. */
export const POWER_OFF = 'power-off';
/** The agent carries out announcements (announce.ts). */
export const ANNOUNCEMENTS_FEATURE = 'announcements';

/** The agent keeps superblocks out of sight and shows parts of them (Bind). Named by agents of virtual machines that are root only. */
export const BINDS = 'binds';
/** The agent can write behind, and drain (behind.ts). */
export const WRITE_BEHIND = 'write-behind';

/** Optional behaviour by name; what both sides name may be used. */
export const FEATURES: readonly string[] = Object.freeze([
  ANNOUNCEMENTS_FEATURE,
  BINDS,
  EXEC,
  POWER_OFF,
  SHARED_LANES,
  WRITE_BEHIND,
]);

/** The vsock port of the host at which agents of virtual machines find the daemon. */
export const AGENT_PORT = 0x6f73;

/** Largest payload of one READ or WRITE, bytes. */
export const MAX_IO = 1024 * 1024;

/** Largest FUSE message on a lane, bytes: a WRITE of {@link MAX_IO} with its headers, and room for a bigger header. */
export const MAX_MESSAGE = MAX_IO + 4096;

/** `max_pages` of INIT: {@link MAX_IO} in pages of 4 KiB. */
export const MAX_PAGES = 256;

/** A peer that takes less than this cannot work at a useful speed and is refused, bytes. */
export const LEAST_MESSAGE = 128 * 1024;

/**
 * Secret that proves a peer was given access: length in bytes of the token, and of the secret of one mount's lanes or one
 * program's stream.
 */
export const TOKEN_BYTES = 32;
export const LANE_SECRET_BYTES = 16;
