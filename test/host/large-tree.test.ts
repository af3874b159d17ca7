/** A large tree with few descriptors. */
import assert from 'node:assert/strict';
import type { MountStatistics } from '../../host/counters.js';
import { runLimited } from './support/limited.js';

interface Walked {
  readonly files: number;
  readonly errors: number;
  readonly mostDescriptors: number;
  readonly known: number;
  readonly full: MountStatistics;
  readonly empty: MountStatistics;
}

const LIMIT = 256;
const DIRECTORIES = 10 + 100 + 1000;

async function walk(budget: number, filesEach: number): Promise<Walked> {
  const program = new URL('./large-tree-main.js', import.meta.url);
  const walked = (await runLimited(LIMIT, program, String(budget), String(filesEach))) as Walked;
  assert.equal(walked.files, (DIRECTORIES + 1) * filesEach);
  assert.equal(walked.known, walked.files + DIRECTORIES);
  assert.equal(walked.errors, 0);
  assert.equal(walked.full.nodes, walked.known + 1);
  const { nodes, handles, descriptors, excessForgets, errors } = walked.empty;
  assert.deepEqual({ nodes, handles, excessForgets, errors }, { nodes: 1, handles: 0, excessForgets: 0, errors: {} });
  assert.equal(descriptors, 0);
  return walked;
}

describe('a large tree with `ulimit -n 256`', () => {
  it('of 100,000 files is walked twice with all nodes kept', async () => {
    const { files, full, mostDescriptors } = await walk(64, 90);
    assert.ok(files + DIRECTORIES > 100_000);
    assert.ok(full.descriptors <= 64);
    assert.ok(mostDescriptors < LIMIT - 64, `${mostDescriptors} descriptors`);
  }).timeout(120_000);

  it('is walked as well when the system runs out before the budget does', async () => {
    const { mostDescriptors } = await walk(8192, 2);
    assert.ok(mostDescriptors >= LIMIT - 8, 'the system never ran out');
  }).timeout(120_000);
});
