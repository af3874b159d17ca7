import assert from 'node:assert/strict';
import { QUOTA, sparingLog } from '../../../vm/sparing-log.js';

describe('vm/sparing-log', () => {
  let now: number;
  let lines: string[];
  let log: (level: string, text: string) => void;
  beforeEach(() => {
    now = 5_000_000;
    lines = [];
    log = sparingLog(
      (level, text) => lines.push(`${level} ${text}`),
      () => now,
    );
  });

  it('passes on what comes now and then', () => {
    for (let line = 0; line < 1000; line++, now += 400) log('info', `line ${line}`);
    assert.equal(lines.length, 1000);
  });

  it('passes on the first lines of a burst, and says later how many more there were', () => {
    for (let line = 0; line < 10_000; line++, now += 1) log('warn', `line ${line}`);
    assert.deepEqual([lines.length, lines.at(-1)], [QUOTA, `warn line ${QUOTA - 1}`]);
    now += 60_000;
    log('info', 'news');
    assert.deepEqual(lines.slice(QUOTA), [
      `info ${10_000 - QUOTA} lines like the next one were left out: more than ${QUOTA} in a minute`,
      'info news',
    ]);
  });
});
