import { setImmediate } from 'node:timers/promises';
import { PATIENCE } from './patience.js';

/** Resolves once the condition holds; looks at every turn of the event loop, and fails when patience is over. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited in vain: ${what}`);
    await setImmediate();
  }
}
