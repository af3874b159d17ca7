import assert from 'node:assert/strict';
import { LockRanges } from '../../../../host/state/lock-ranges.js';
import { F_RDLCK, F_UNLCK, F_WRLCK } from '../../../../protocol/linux.js';

const END = 0x7fff_ffff_ffff_ffffn;

function after(...steps: [bigint, bigint, number][]): string {
  const ranges = new LockRanges();
  for (const [start, end, type] of steps) ranges.set(start, end, type);
  return ranges.all.map((r) => `${r.start}-${r.end === END ? '' : r.end}${r.type === F_WRLCK ? 'w' : 'r'}`).join(' ');
}

describe('the record locks of one owner', () => {
  const cases: [string, [bigint, bigint, number][], string][] = [
    [
      'neighbours of one type merge',
      [
        [0n, 9n, F_WRLCK],
        [10n, 19n, F_WRLCK],
      ],
      '0-19w',
    ],
    [
      'neighbours of two types do not',
      [
        [0n, 9n, F_WRLCK],
        [10n, 19n, F_RDLCK],
      ],
      '0-9w 10-19r',
    ],
    [
      'a new lock converts the part it covers',
      [
        [0n, 99n, F_WRLCK],
        [10n, 19n, F_RDLCK],
      ],
      '0-9w 10-19r 20-99w',
    ],
    [
      'an unlock in the middle splits',
      [
        [0n, 99n, F_RDLCK],
        [10n, 19n, F_UNLCK],
      ],
      '0-9r 20-99r',
    ],
    [
      'an unlock of more than there is removes all',
      [
        [5n, 9n, F_WRLCK],
        [0n, END, F_UNLCK],
      ],
      '',
    ],
    [
      'a lock to the end of the file',
      [
        [0n, END, F_WRLCK],
        [0n, 0n, F_UNLCK],
      ],
      '1-w',
    ],
    [
      'gaps are filled by one lock over all',
      [
        [0n, 1n, F_RDLCK],
        [4n, 5n, F_RDLCK],
        [0n, 9n, F_RDLCK],
      ],
      '0-9r',
    ],
  ];
  for (const [title, steps, expected] of cases) it(title, () => assert.equal(after(...steps), expected));

  it('conflicts with others unless both read', () => {
    const ranges = new LockRanges();
    ranges.set(10n, 19n, F_RDLCK);
    assert.equal(ranges.conflicts(0n, 10n, F_WRLCK), true);
    assert.equal(ranges.conflicts(0n, 10n, F_RDLCK), false);
    assert.equal(ranges.conflicts(20n, END, F_WRLCK), false);
  });
});
