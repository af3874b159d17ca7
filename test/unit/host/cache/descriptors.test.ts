import assert from 'node:assert/strict';
import { ROOT } from '../../../../host/state/nodes.js';
import { Errno } from '../../../../protocol/errno.js';
import { FakeTree } from './fake-tree.js';

/** `count` directories below each other; their slots. */
function chain(tree: FakeTree, name: string, count: number): number[] {
  const slots: number[] = [];
  let path = '/root';
  for (let i = 0; i < count; i++) {
    path += `/${name}${i}`;
    slots.push(tree.directory(slots.at(-1) ?? ROOT, `${name}${i}`, path));
  }
  return slots;
}

/** of the fake tree */
const ROOT_FD = 3;

describe('descriptors of directories', () => {
  it('are opened on the way to a node, once, and the root’s is the one that was given', () => {
    const tree = new FakeTree(64);
    const slots = chain(tree, 'd', 5);
    assert.equal(tree.descriptors.directory(ROOT), 3);
    const fd = tree.descriptors.directory(slots[4]!);
    assert.equal(tree.open.get(fd), tree.paths.get('/root/d0/d1/d2/d3/d4'));
    assert.equal(tree.opened, 5);
    assert.equal(tree.descriptors.directory(slots[4]!), fd);
    tree.descriptors.directory(slots[2]!);
    assert.equal(tree.opened, 5);
    assert.equal(tree.descriptors.size, 5);
  });

  it('stay within the budget; what falls out is closed after the request', () => {
    const tree = new FakeTree(16);
    const slots = Array.from({ length: 40 }, (_, i) => tree.directory(ROOT, `d${i}`, `/root/d${i}`));
    for (const slot of slots) tree.descriptors.directory(slot);
    assert.equal(tree.open.size, 41);
    tree.descriptors.settle();
    assert.equal(tree.open.size, 1 + 12);
    assert.equal(tree.descriptors.size, 12);
    assert.ok(tree.descriptors.directory(slots[0]!) > 0);
    tree.descriptors.close();
    assert.deepEqual([...tree.open.keys()], [3]);
  });

  it('give others up when the system runs out, but not those the request works on', () => {
    const tree = new FakeTree(4096);
    const [from, to] = [chain(tree, 'a', 30), chain(tree, 'b', 30)];
    const others = Array.from({ length: 20 }, (_, i) => tree.directory(ROOT, `o${i}`, `/root/o${i}`));
    for (const slot of others) tree.descriptors.directory(slot);
    tree.descriptors.settle();
    tree.limit = 24;
    const first = tree.descriptors.directory(from.at(-1)!);
    assert.ok(first > 0);
    const second = tree.descriptors.directory(to.at(-1)!);
    assert.ok(second > 0);
    assert.equal(tree.open.get(first), tree.paths.get(`/root/${from.map((_, i) => `a${i}`).join('/')}`));
    assert.equal(tree.open.get(second), tree.paths.get(`/root/${to.map((_, i) => `b${i}`).join('/')}`));
    tree.limit = 1;
    tree.descriptors.close();
    assert.equal(tree.descriptors.directory(from[0]!), -Errno.EMFILE);
  });

  it('of a directory that left the root are refused, also by a path that begins alike, and good again when it is back', () => {
    const tree = new FakeTree(64);
    const [outer, inner] = chain(tree, 'd', 2);
    assert.ok(tree.descriptors.directory(inner!) > 0);
    for (const place of ['/elsewhere', '/root2', '/rootd', '/']) {
      tree.move('/root/d0', place);
      assert.equal(tree.descriptors.directory(outer!), -Errno.ESTALE, place);
      assert.equal(tree.descriptors.directory(inner!), -Errno.ESTALE, place);
      tree.move(place, '/root/d0');
      assert.ok(tree.descriptors.directory(inner!) > 0, place);
      tree.descriptors.settle();
    }
  });

  it('follow a directory inside the root while they are held, and the root itself', () => {
    const tree = new FakeTree(64);
    const [outer, inner] = chain(tree, 'd', 2);
    const fd = tree.descriptors.directory(inner!);
    tree.directory(ROOT, 'other', '/root/other');
    tree.move('/root/d0', '/root/other/moved');
    assert.equal(tree.descriptors.directory(inner!), fd);
    tree.move('/root', '/renamed');
    assert.equal(tree.descriptors.directory(inner!), fd);
    tree.move('/renamed/other/moved', '/outside');
    assert.equal(tree.descriptors.directory(outer!), -Errno.ESTALE);
  });

  it('of a removed directory are good as long as they are held: nothing can be reached through it', () => {
    const tree = new FakeTree(64);
    const [slot] = chain(tree, 'd', 1);
    const fd = tree.descriptors.directory(slot!);
    tree.paths.delete('/root/d0');
    assert.equal(tree.descriptors.directory(slot!), fd);
    tree.descriptors.forget(slot!);
    tree.descriptors.settle();
    assert.equal(tree.descriptors.directory(slot!), -Errno.ESTALE);
    assert.equal(tree.descriptors.isRemoved(ROOT_FD), false);
    tree.paths.delete('/root');
    assert.equal(tree.descriptors.isRemoved(ROOT_FD), true);
  });

  it('another directory under the same name is not the node', () => {
    const tree = new FakeTree(64);
    const [slot] = chain(tree, 'd', 1);
    tree.paths.set('/root/d0', 77);
    assert.equal(tree.descriptors.directory(slot!), -Errno.ESTALE);
    assert.equal(tree.open.size, 1);
  });

  it('where the system cannot tell a path so long, the way is gone again from the root', () => {
    const tree = new FakeTree(64);
    const slots = chain(tree, 'd', 6);
    tree.longest = 20;
    assert.ok(tree.descriptors.directory(slots[5]!) > 0);
    tree.move('/root/d0/d1/d2', '/outside-with-a-long-name');
    assert.equal(tree.descriptors.directory(slots[5]!), -Errno.ESTALE);
  });

  it('kept for objects without a name are found, and dropped with their node', () => {
    const tree = new FakeTree(64);
    const [slot] = chain(tree, 'd', 1);
    assert.equal(tree.descriptors.orphan(slot!), -1);
    tree.nodes.type[slot!] = 0o100_000;
    tree.open.set(900, 5);
    tree.descriptors.keepOrphan(slot!, 900);
    assert.equal(tree.descriptors.orphan(slot!), 900);
    tree.nodes.forget(slot!, 1);
    tree.descriptors.settle();
    assert.ok(!tree.open.has(900));
    assert.equal(tree.descriptors.size, 0);
  });
});
