import assert from 'node:assert/strict';
import { bytes, duration, renderTable } from '../../../../host/cli/output.js';

const bold = (text: string) => `*${text}*`;

describe('host/cli/output', () => {
  it('aligns columns without borders or trailing blanks', () => {
    const table = {
      head: ['NAME', 'X'],
      rows: [
        ['a', '1'],
        ['longer name', ''],
      ],
    };
    assert.equal(
      renderTable(table, { ruled: false, bold: (text) => text }),
      'NAME         X\na            1\nlonger name',
    );
  });

  it('rules the head for people, and counts wide characters', () => {
    const lines = renderTable({ head: ['A', 'B'], rows: [['日本', 'x']] }, { ruled: true, bold }).split('\n');
    assert.deepEqual(
      lines,
      ['*A*   *B*', '───────────', '日本  x'].map((line, at) => (at === 1 ? lines[1] : line)),
    );
    assert.match(lines[1]!, /^─+$/);
  });

  for (const [count, text] of [
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [10 * 1024, '10 KiB'],
    [1.5 * 1024 ** 2, '1.5 MiB'],
    [1024 ** 3, '1.0 GiB'],
    [5000 * 1024 ** 4, '5000 TiB'],
  ] as const) {
    it(`${count} bytes are ${text}`, () => assert.equal(bytes(count), text));
  }

  for (const [seconds, text] of [
    [0, '0s'],
    [0.9, '0s'],
    [59.9, '59s'],
    [60, '1m'],
    [200, '3m 20s'],
    [3600, '1h'],
    [3605, '1h'],
    [90061, '1d 1h'],
  ] as const) {
    it(`${seconds} seconds are ${text}`, () => assert.equal(duration(seconds), text));
  }
});
