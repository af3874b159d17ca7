/** The behaviours, run by the guest: what `run.js` prints there, case by case, while it goes on. */
import type { Outcome } from '../../support/suite.js';

type Seen = Pick<Outcome, 'status' | 'reason'>;

export class Behaviours {
  private readonly seen = new Map<number, Seen>();
  private readonly waiting = new Map<number, (seen: Seen) => void>();
  private current = 0;
  private ended: string | undefined;

  /** A line of TAP (https://testanything.org): a case's result, or more about the one that failed last. */
  line(text: string): void {
    const result = /^(not )?ok (\d+) - .*?(?:# SKIP (.*))?$/.exec(text);
    if (result !== null) {
      // A failure's reason follows; it is known with the next case.
      this.tell();
      this.current = Number(result[2]);
      const status = result[1] !== undefined ? 'failed' : result[3] !== undefined ? 'skipped' : 'passed';
      this.seen.set(this.current, { status, ...(result[3] !== undefined && { reason: result[3] }) });
      if (status !== 'failed') this.tell();
    } else if (text.startsWith('  # ')) {
      const seen = this.seen.get(this.current);
      if (seen?.status === 'failed') seen.reason = [...(seen.reason ? [seen.reason] : []), text.slice(4)].join('\n');
    } else this.tell();
  }

  /** There will be no more lines. */
  end(why: string): void {
    this.tell();
    this.ended = why;
    for (const resolve of this.waiting.values()) resolve({ status: 'failed', reason: `not run: ${why}` });
    this.waiting.clear();
  }

  /** @param number of the case, from 1 */
  outcome(number: number): Promise<Seen> {
    const seen = this.seen.get(number);
    if (seen !== undefined && (number !== this.current || seen.status !== 'failed')) return Promise.resolve(seen);
    if (seen !== undefined && this.ended !== undefined) return Promise.resolve(seen);
    if (this.ended !== undefined) return Promise.resolve({ status: 'failed', reason: `not run: ${this.ended}` });
    return new Promise((resolve) => this.waiting.set(number, resolve));
  }

  private tell(): void {
    this.waiting.get(this.current)?.(this.seen.get(this.current)!);
    this.waiting.delete(this.current);
  }
}
