import assert from 'node:assert/strict';
import { Ruled } from '../../../../host/live/ruled.js';
import { NodeTable, ROOT } from '../../../../host/state/nodes.js';
import { S_IFDIR } from '../../../../protocol/linux.js';

/** A tree of directories; inode numbers are those that it is given. */
function tree() {
  const nodes = new NodeTable();
  nodes.setRoot(0, 1, 0, 0, S_IFDIR);
  const enter = (parent: number, name: string, ino: number) =>
    nodes.enter(0, ino, 0, 0, S_IFDIR, parent, Buffer.from(`${name}\0`), 0, name.length);
  const identity = (inoLo: number) => ({ device: 0, inoLo, inoHi: 0, birth: 0 });
  return { nodes, enter, identity, ruled: new Ruled(nodes) };
}

describe('subtrees in which a stricter mount rules', () => {
  it('are a directory and all below it, and nothing beside or above it', () => {
    const { enter, identity, ruled } = tree();
    const [a, c] = [enter(ROOT, 'a', 10), enter(ROOT, 'c', 12)];
    const b = enter(a, 'b', 11);
    const deep = enter(b, 'deep', 13);
    assert.deepEqual(ruled.set([identity(11)], false), [b], 'what is to be given back');
    assert.deepEqual(
      [ROOT, a, b, deep, c].map((slot) => ruled.covers(slot)),
      [false, false, true, true, false],
    );
  });

  it('are none for nearly everybody', () => {
    const { enter, ruled } = tree();
    assert.ok(ruled.none);
    assert.equal(ruled.covers(enter(ROOT, 'a', 10)), false);
  });

  it('go with the directory where it is renamed, and with those that are moved below it', () => {
    const { nodes, enter, identity, ruled } = tree();
    const [a, b, c] = [enter(ROOT, 'a', 10), enter(ROOT, 'b', 11), enter(ROOT, 'c', 12)];
    ruled.set([identity(11)], false);
    nodes.setName(b, a, Buffer.from('new\0'), 0, 3);
    assert.ok(ruled.covers(b) && !ruled.covers(a));
    nodes.setName(c, b, Buffer.from('c\0'), 0, 1);
    assert.ok(ruled.covers(c));
    nodes.setName(c, a, Buffer.from('c\0'), 0, 1);
    assert.ok(!ruled.covers(c));
  });

  it('cover everything where the share root lies in one, and give all of it back once', () => {
    const { enter, identity, ruled } = tree();
    const a = enter(ROOT, 'a', 10);
    assert.deepEqual(ruled.set([identity(99)], true), [ROOT]);
    assert.ok(ruled.covers(ROOT) && ruled.covers(a));
    assert.deepEqual(ruled.set([identity(99), identity(10)], true), [], 'nothing has been kept meanwhile');
    ruled.set([], false);
    assert.ok(ruled.none && !ruled.covers(a));
  });

  it('give back what is new of them, and what comes back', () => {
    const { enter, identity, ruled } = tree();
    const [a, b] = [enter(ROOT, 'a', 10), enter(ROOT, 'b', 11)];
    assert.deepEqual(ruled.set([identity(10)], false), [a]);
    assert.deepEqual(ruled.set([identity(10), identity(11)], false), [b]);
    assert.deepEqual(ruled.set([identity(11)], false), []);
    assert.deepEqual(ruled.set([identity(10), identity(11)], false), [a]);
  });

  it('have nothing to give back where the guest does not know the directory, and rule it once it does', () => {
    const { enter, identity, ruled } = tree();
    assert.deepEqual(ruled.set([identity(10)], false), []);
    assert.ok(ruled.covers(enter(ROOT, 'a', 10)));
  });
});
