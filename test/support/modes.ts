/**
 * The consistency modes that the daemon really has: tests that judge a mode register themselves for those only. The
 * others are granted as `consistent` as long as they do not exist, which would prove nothing. This is the one place where a mode
 * is switched on.
 */
import type { Consistency } from '../../host/mount-options.js';

export type Mode = Exclude<Consistency, 'default'>;

export const BUILT: readonly Mode[] = ['consistent', 'cached', 'delegated'];

/** Modes in which the guest answers from its own memory and is told of what the host changes. */
export const CACHING: readonly Mode[] = BUILT.filter((mode) => mode !== 'consistent');
