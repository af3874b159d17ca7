import assert from 'node:assert/strict';
import { Inspector } from '../../../../host/cache/inspect.js';
import { NodeTable } from '../../../../host/state/nodes.js';
import { type Os, SELF, STAT } from '../../../../native/os.js';
import { Errno } from '../../../../protocol/errno.js';
import { fuse_attr } from '../../../../protocol/fuse/structs.js';

const AT = 64;

interface Found {
  ino: bigint;
  dev: bigint;
  mode?: number;
  birth?: [seconds: number, nanoseconds: number];
}

/** An inspector of whatever `found` says is there. */
function setUp() {
  const words = new Uint32Array(256);
  const view = new DataView(words.buffer);
  const nodes = new NodeTable();
  let found: Found | number = -Errno.ENOENT;
  const statBirth = () => {
    if (typeof found === 'number') return found;
    view.setBigUint64(AT + STAT.attr + fuse_attr.at.ino, found.ino, true);
    view.setUint32(AT + STAT.attr + fuse_attr.at.mode, found.mode ?? 0o100_644, true);
    view.setBigUint64(AT + STAT.dev, found.dev, true);
    view.setUint32(AT + STAT.btime, found.birth?.[0] ?? 0, true);
    view.setUint32(AT + STAT.btimeNsec, found.birth?.[1] ?? 0, true);
    return 0;
  };
  const inspect = new Inspector({ statBirth } as unknown as Os, nodes, words, AT);
  const look = (what: Found | number) => {
    found = what;
    return inspect.look(3, SELF);
  };
  const told = () => view.getBigUint64(AT + STAT.attr + fuse_attr.at.ino, true);
  const enter = () =>
    nodes.enter(
      ...([inspect.device, inspect.inoLo, inspect.inoHi, inspect.birth, inspect.type] as const),
      ...([0, Buffer.from('name'), 0, 4] as const),
    );
  return { inspect, nodes, look, told, enter };
}

describe('looking at host objects', () => {
  it('passes errors on', () => {
    const { look } = setUp();
    assert.equal(look(-Errno.EACCES), -Errno.EACCES);
  });

  it('numbers devices in the order of their appearance, whole 64 bits compared', () => {
    const { inspect, look } = setUp();
    for (const [dev, index] of [
      [5n, 0],
      [1n << 40n, 1],
      [5n | (1n << 40n), 2],
      [5n, 0],
      [1n << 40n, 1],
    ] as const) {
      look({ ino: 1n, dev });
      assert.equal(inspect.device, index);
    }
  });

  it('tells the guest inode numbers that differ by device, the root’s file system as they are', () => {
    const { look, told } = setUp();
    look({ ino: 0x1234_5678_9abc_def0n, dev: 1n });
    assert.equal(told(), 0x1234_5678_9abc_def0n);
    const seen = new Set<bigint>();
    for (let dev = 1n; dev < 50n; dev++) {
      look({ ino: 42n, dev });
      seen.add(told());
    }
    assert.equal(seen.size, 49);
  });

  it('knows a node by device, inode number, birth and type, and by each of them', () => {
    const { inspect, look, enter } = setUp();
    const original: Found = { ino: (7n << 32n) | 9n, dev: 1n, birth: [100, 5], mode: 0o100_644 };
    look(original);
    const slot = enter();
    assert.equal(inspect.lookAt(3, SELF, slot), 0);
    const others: Partial<Found>[] = [
      { ino: (8n << 32n) | 9n },
      { ino: (7n << 32n) | 8n },
      { dev: 2n },
      { birth: [101, 5] },
      { birth: [100, 6] },
      { mode: 0o040_755 },
    ];
    for (const other of others) {
      look({ ...original, ...other });
      assert.equal(inspect.lookAt(3, SELF, slot), -Errno.ESTALE, JSON.stringify(Object.keys(other)));
      assert.equal(inspect.isNode(3, SELF, slot), false);
    }
    look({ ...original, mode: 0o100_000 });
    assert.equal(inspect.isNode(3, SELF, slot), true, 'permissions are no part of the identity');
  });
});
