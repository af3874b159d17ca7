import assert from 'node:assert/strict';
import type { Measurement } from '../../../perf/measure.js';
import { readmeBlock, replaceBlock } from '../../../perf/report/readme.js';
import { holds, type Row, summarise } from '../../../perf/summary.js';
import type { Workload } from '../../../perf/workloads/workload.js';

const latency: Workload = {
  name: 'stat',
  title: 'stat of one path',
  unit: 'ns',
  limit: { against: 'reference', atMost: 1.4 },
  run: async () => ({ value: 0, raw: {} }),
};
const memory: Workload = {
  name: 'resident',
  title: 'resident memory',
  unit: 'bytes',
  limit: { against: 'itself', atMost: 150 * 2 ** 20 },
  run: async () => ({ value: 0, raw: {} }),
};

function taken(workload: string, target: string, values: readonly number[]): Measurement[] {
  return values.map((value, round) => ({ workload, target, round, value, raw: {}, load: 0, steal: 0 }));
}

function rows(): Row[] {
  const measurements = [
    ...taken('stat', 'ours', [9_000_000, 60_000, 52_000, 70_000]),
    ...taken('stat', 'theirs', [1, 50_000, 40_000, 50_000]),
    ...taken('resident', 'ours', [0, 96.4 * 2 ** 20]),
  ];
  return summarise([latency, memory], measurements, ['theirs', 'ours'], 'ours', 'theirs');
}

describe('perf/summary', () => {
  it('leaves the warm-up out and takes the ratio of each round', () => {
    const [row] = rows();
    assert.deepEqual(row!.values, { theirs: 50_000, ours: 60_000 });
    assert.equal(row!.ratio!.median.toFixed(6), '1.300000');
    assert.equal(row!.ratio!.count, 3);
    assert.equal(row!.holds, true);
  });

  it('has no ratio where the reference was not measured', () => {
    const row = rows()[1]!;
    assert.equal(row.ratio, undefined);
    assert.equal(row.holds, true);
  });

  it('judges upper and lower bounds', () => {
    assert.equal(holds({ against: 'reference', atMost: 1.4 }, 1.41, 1), false);
    assert.equal(holds({ against: 'reference', atLeast: 0.8 }, 0.8, 1), true);
    assert.equal(holds({ against: 'reference', atLeast: 0.8 }, 0.79, 1), false);
    assert.equal(holds({ against: 'itself', atMost: 2 }, undefined, 2.1), false);
    assert.equal(holds({ against: 'reference', atMost: 1.4 }, undefined, 1), undefined);
  });
});

describe('perf/report/readme', () => {
  const block = readmeBlock({
    rows: rows(),
    targets: ['theirs', 'ours'],
    subject: 'ours',
    reference: 'theirs',
    rounds: 3,
    environment: { cpu: 'C', cpus: 2, memoryGiB: 24, kernel: '6.1', node: 'v20.0.0', fileSystem: 'ext4' },
  });

  it('is one Markdown table with a row for each workload', () => {
    const table = block.split('\n').filter((line) => line.startsWith('|'));
    assert.deepEqual(table, [
      '|  | theirs | ours | ours / theirs | limit |  |',
      '| --- | ---: | ---: | ---: | ---: | --- |',
      '| stat of one path | 50 µs | 60 µs | 1.30× (1.25–1.35) | ≤ 1.4× | holds |',
      '| resident memory | – | 96.4 MiB | – | ≤ 150 MiB | holds |',
    ]);
  });

  it('says nothing of a day or a time', () => {
    assert.doesNotMatch(block, /\b20\d\d\b|\d:\d\d/);
  });

  it('replaces what stands between the marks and nothing else', () => {
    const readme = 'before\n<!-- perf:begin -->\nold\nold\n<!-- perf:end -->\nafter\n';
    const once = replaceBlock(readme, 'new $& $1');
    assert.equal(once, 'before\n<!-- perf:begin -->\nnew $& $1\n<!-- perf:end -->\nafter\n');
    assert.equal(replaceBlock(once, 'new $& $1'), once);
  });

  it('refuses a text without the marks, with them twice, or the wrong way round', () => {
    assert.throws(() => replaceBlock('nothing', 'x'), /README\.md needs/);
    assert.throws(() => replaceBlock('<!-- perf:end --><!-- perf:begin -->', 'x'), /README\.md needs/);
    const marks = '<!-- perf:begin --><!-- perf:end -->';
    assert.throws(() => replaceBlock(marks + marks, 'x'), /README\.md needs/);
  });
});
