/** Registers behaviours as mocha tests of one place. */
import type { PlaceOptions } from '../support/place.js';
import { CASE_LIMIT, Suite } from '../support/suite.js';
import type { Case } from './cases.js';

/** What `prepare` leaves: where the cases run, and how to take it away again. */
export interface Prepared extends PlaceOptions {
  dispose(): Promise<void>;
}

export function register(title: string, cases: Case[], prepare: () => Promise<Prepared>): void {
  describe(title, () => {
    let prepared: Prepared | undefined;
    let suite: Suite;

    before(async function () {
      this.timeout(2 * CASE_LIMIT);
      prepared = await prepare();
      const { dispose: _, ...options } = prepared;
      suite = new Suite(options);
    });

    after(async function () {
      this.timeout(2 * CASE_LIMIT);
      await suite?.end();
      await prepared?.dispose();
    });

    for (const one of cases) {
      it(one.title, async function () {
        this.timeout(2 * CASE_LIMIT);
        const outcome = await suite.run(one.slug);
        if (outcome.status === 'failed') throw failure(one.slug, outcome.reason!);
        if (outcome.status === 'skipped') {
          this.test!.title += ` (skipped: ${outcome.reason})`;
          this.skip();
        }
      });
    }
  });
}

/** The stack of the process where it happened, not of this one. */
function failure(slug: string, reason: string): Error {
  const error = new Error(`${slug}: ${reason.split('\n')[0]}`);
  error.stack = `${slug}: ${reason}`;
  return error;
}
