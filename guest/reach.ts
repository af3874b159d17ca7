/** The way back to a daemon that is away for a while, for the agent of a virtual machine: it outlives daemons. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Address, LinkError } from './address.js';
import { type Identity, Link } from './link.js';

/** Between two attempts, ms: at first, and at most. Each one costs the host a wake-up. */
const PAUSE = { first: 100, most: 2_000 };

/**
 * Tries until the daemon answers.
 *
 * @param complain hears why it takes so long, each reason once
 * @throws LinkError if the daemon refuses this agent
 */
export async function reach(address: Address, identity: Identity, complain: (text: string) => void): Promise<Link> {
  let said = '';
  for (let pause = PAUSE.first; ; pause = Math.min(2 * pause, PAUSE.most)) {
    try {
      return await Link.connect(address, identity);
    } catch (error) {
      if (!(error instanceof LinkError) || error.refused) throw error;
      if (error.message !== said) complain(`${error.message}; waiting for it`);
      said = error.message;
    }
    await delay(pause);
  }
}
