import assert from 'node:assert/strict';

const SHOWN = 20;

/** Counts lines: one that stands twice has to stand twice on the other side too. */
function without(some: readonly string[], others: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const line of others) left.set(line, (left.get(line) ?? 0) + 1);
  return some.filter((line) => {
    const count = left.get(line) ?? 0;
    left.set(line, count - 1);
    return count <= 0;
  });
}

function shown(sign: string, some: readonly string[]): string[] {
  const more = some.length > SHOWN ? [`${sign} … ${some.length - SHOWN} more`] : [];
  return [...some.slice(0, SHOWN).map((line) => `${sign} ${line}`), ...more];
}

/** Fails with the lines that differ; made for lists of tens of thousands, where a full diff takes minutes. */
export function assertSame(actual: readonly string[], expected: readonly string[], what: string): void {
  const missing = without(expected, actual);
  const unexpected = without(actual, expected);
  if (missing.length + unexpected.length > 0) {
    assert.fail([`${what}:`, ...shown('-', missing), ...shown('+', unexpected)].join('\n'));
  }
  const at = actual.findIndex((line, i) => line !== expected[i]);
  if (at >= 0) assert.fail(`${what}: same lines in another order from line ${at + 1}: ${actual[at]}`);
}
