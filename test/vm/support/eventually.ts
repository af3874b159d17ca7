import { eventually as soon } from '../../host/support/eventually.js';
import { PATIENCE } from '../../support/patience.js';

/** Between two looks, ms: an emulated guest needs the processors that looking more often would take. */
const PAUSE = 50;

/** Resolves once the condition holds, which may fail until then: agents come back, guests boot. */
export async function eventually(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  let last = '';
  const holds = async () => {
    try {
      return await condition();
    } catch (error) {
      last = (error as Error).message;
      return false;
    }
  };
  await soon(() => `${what}; ${last}`, holds, 9 * PATIENCE, PAUSE);
}
