import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ImageError } from '../../../../vm/image/error.js';
import { readModinfo } from '../../../../vm/image/modinfo.js';
import { addModules, collectModules } from '../../../../vm/image/modules.js';
import { MODULES } from '../../../../vm/image/needs.js';
import { Tree } from '../../../../vm/image/tree.js';
import { type FakeModule, moduleFile, writeKernel } from './fake-kernel.js';

/** Everything built in but what a case is about. */
const base: Record<string, FakeModule> = Object.fromEntries(
  Object.keys(MODULES).map((name) => [name, { builtin: true }]),
);

describe('vm/image/modules', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'osmofs-kernel-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const collect = (modules: Record<string, FakeModule>, containers = false) =>
    collectModules(writeKernel(root, '6.1.0', { ...base, ...modules }), { containers });
  const names = (set: ReturnType<typeof collectModules>) => set.modules.map(({ name }) => name);

  it('takes what a module depends on first, and both spellings of a name as one', () => {
    const set = collect({
      virtio_pci: { depends: ['virtio-ring', 'virtio'] },
      'virtio-ring': {},
      virtio: { depends: ['virtio_ring'] },
    });
    assert.deepEqual(names(set), ['virtio_ring', 'virtio', 'virtio_pci']);
    assert.deepEqual(set.load, ['virtio_pci']);
  });

  it('takes nothing for what is built in', () => {
    assert.deepEqual(collect({}), { modules: [], load: [] });
  });

  it('loads in the order of the table, then what is welcome', () => {
    const set = collect({ button: {}, vsock: {}, virtio_pci: {}, fuse: {} });
    assert.deepEqual(set.load, ['virtio_pci', 'vsock', 'fuse', 'button']);
  });

  it("takes the containers' modules only when asked, and does not load them", () => {
    assert.deepEqual(names(collect({ veth: {} })), []);
    const set = collect({ veth: {} }, true);
    assert.deepEqual(names(set), ['veth']);
    assert.deepEqual(set.load, []);
  });

  it('says which module is missing', () => {
    const { fuse: _, ...others } = base;
    const directory = writeKernel(root, '6.1.0', others);
    assert.throws(() => collectModules(directory), /has no module fuse/);
  });

  it('says whose dependency is missing', () => {
    assert.throws(() => collect({ fuse: { depends: ['cuse'] } }), /lacks cuse, which fuse needs/);
  });

  it('says that there are no modules', () => {
    assert.throws(() => collectModules(join(root, 'none')), /does not hold a kernel's modules/);
  });

  it('unpacks compressed modules', () => {
    const directory = writeKernel(root, '6.1.0', { ...base, fuse: {} });
    const plain = join(directory, 'kernel/drivers/fuse.ko');
    const data = readFileSync(plain);
    writeFileSync(`${plain}.zst`, execFileSync('zstd', ['-qc'], { input: data }));
    unlinkSync(plain);
    assert.deepEqual(collectModules(directory).modules[0]!.data, data);
  });

  it('writes the indexes that modprobe reads', () => {
    const set = collect({
      virtio_net: { depends: ['net_failover', 'virtio'], aliases: ['virtio:d00000001v*'] },
      net_failover: { depends: ['failover'] },
      failover: {},
      virtio: {},
    });
    const tree = new Tree();
    addModules(tree, '6.1.0', set);
    const text = (path: string) => {
      const entry = tree.entries().find((each) => each.path === path);
      return entry?.type === 'file' ? Buffer.from(entry.data).toString() : undefined;
    };
    const k = 'kernel/drivers';
    assert.ok(
      text('lib/modules/6.1.0/modules.dep')!
        .split('\n')
        .includes(`${k}/virtio_net.ko: ${k}/net_failover.ko ${k}/failover.ko ${k}/virtio.ko`),
    );
    assert.equal(text('lib/modules/6.1.0/modules.alias'), 'alias virtio:d00000001v* virtio_net\n');
    assert.equal(text('etc/modules'), 'virtio_net\n');
  });
});

describe('vm/image/modinfo', () => {
  it('reads dependencies and aliases', () => {
    const info = readModinfo(moduleFile(['a', 'b'], ['fs-fuse', 'char-major-10-229']), 'fuse.ko');
    assert.deepEqual(info, { depends: ['a', 'b'], aliases: ['fs-fuse', 'char-major-10-229'] });
  });

  it('reads a module that depends on nothing', () => {
    assert.deepEqual(readModinfo(moduleFile([]), 'x.ko').depends, []);
  });

  const whole = moduleFile(['a']);
  const far = Buffer.from(whole);
  far.writeBigUInt64LE(1n << 40n, 40);
  for (const [what, file] of [
    ['an empty file', Buffer.alloc(0)],
    ['a script', Buffer.from('#!/bin/sh\n')],
    ['half a module', whole.subarray(0, whole.length - 100)],
    ['a table outside the file', far],
    ['an ELF file of another kind', moduleFile(['a']).fill(0, 64, 100)],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.throws(() => readModinfo(Buffer.from(file), 'x.ko'), ImageError);
    });
  }
});
