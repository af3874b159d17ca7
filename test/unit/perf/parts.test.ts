import assert from 'node:assert/strict';
import { quantity, ratio } from '../../../perf/format.js';
import { rotated } from '../../../perf/measure.js';
import { difference } from '../../../perf/requests.js';
import { countOpcodes } from '../../../perf/targets/passthrough-ll.js';

describe('perf/format', () => {
  it('writes quantities with three digits and their unit', () => {
    assert.equal(quantity(41_234, 'ns'), '41.2 µs');
    assert.equal(quantity(1_234_567, 'ns'), '1.23 ms');
    assert.equal(quantity(1820 * 2 ** 20, 'bytes/s'), '1820 MiB/s');
    assert.equal(quantity(0, 'cpu'), '0 %');
    assert.equal(quantity(0.0123, 'cpu'), '1.23 %');
    assert.equal(quantity(2.3456, 'seconds'), '2.35 s');
  });

  it('writes a ratio with its quartiles', () => {
    assert.equal(ratio({ median: 1.234, low: 1.2, high: 1.3, count: 5 }), '1.23× (1.20–1.30)');
  });
});

describe('perf/measure', () => {
  it('lets every target come first in turn', () => {
    const order = [0, 1, 2, 3].map((round) => rotated(['a', 'b', 'c'], round).join(''));
    assert.deepEqual(order, ['abc', 'bca', 'cab', 'abc']);
    assert.deepEqual(rotated([], 3), []);
  });
});

describe('perf/requests', () => {
  it('keeps what grew', () => {
    assert.deepEqual(difference({ LOOKUP: 3, READ: 1 }, { LOOKUP: 5, READ: 1, OPEN: 2 }), { LOOKUP: 2, OPEN: 2 });
  });

  it('reads the opcodes out of a log of libfuse', () => {
    const log = [
      'unique: 4, opcode: GETATTR (3), nodeid: 1, insize: 56, pid: 7',
      '   unique: 4, success, outsize: 120',
      'unique: 6, opcode: LOOKUP (1), nodeid: 1, insize: 42, pid: 7',
      'unique: 8, opcode: GETATTR (3), nodeid: 1, insize: 56, pid: 7',
    ].join('\n');
    assert.deepEqual(countOpcodes(log), { GETATTR: 2, LOOKUP: 1 });
  });
});
