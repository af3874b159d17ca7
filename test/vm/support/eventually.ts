import { setTimeout as pause } from 'node:timers/promises';
import { PATIENCE } from '../../support/patience.js';

/** Between two looks, ms: an emulated guest needs the processors that looking without a pause would take. */
const PAUSE = 50;

/** Resolves once the condition holds, which may fail until then: agents come back, guests boot. */
export async function eventually(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 9 * PATIENCE;
  for (let last = ''; ; ) {
    try {
      if (await condition()) return;
    } catch (error) {
      last = (error as Error).message;
    }
    if (performance.now() > deadline) throw new Error(`waited in vain: ${what}; ${last}`);
    await pause(PAUSE);
  }
}
