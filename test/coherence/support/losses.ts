import type { Osmofs } from '../../support/osmofs.js';

/**
 * Makes the daemon lose events of the host, as an overflow would, and resolves once it has noticed. The daemon has no such
 * hook yet; the cases with losses exist where this is a function.
 */
export const loseEvents: ((osmofs: Osmofs) => Promise<void>) | undefined = undefined;
