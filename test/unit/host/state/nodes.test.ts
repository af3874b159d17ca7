import assert from 'node:assert/strict';
import { NodeTable, ROOT } from '../../../../host/state/nodes.js';

const REG = 0o100000;
const DIR = 0o040000;
const text = (name: string) => Buffer.from(name);

function table(): NodeTable {
  const nodes = new NodeTable();
  nodes.setRoot(0, 2, 0, 7, DIR);
  return nodes;
}

function enter(nodes: NodeTable, ino: number, name: string, parent = ROOT, type = REG, birth = 1): number {
  return nodes.enter(0, ino, 0, birth, type, parent, text(name), 0, name.length);
}

function nameOf(nodes: NodeTable, slot: number): string {
  const out = Buffer.alloc(300);
  return out.toString('latin1', 0, nodes.copyName(slot, out, 0));
}

describe('the node table', () => {
  it('gives one node to all names of an inode and remembers the last name seen', () => {
    const nodes = table();
    const a = enter(nodes, 10, 'a');
    assert.equal(enter(nodes, 10, 'b'), a);
    assert.equal(nodes.lookupCount(a), 2);
    assert.equal(nameOf(nodes, a), 'b');
  });

  it('keeps a node until the last lookup is taken back, and then never accepts its nodeid again', () => {
    const nodes = table();
    const a = enter(nodes, 10, 'a');
    enter(nodes, 10, 'a');
    nodes.forget(a, 1);
    assert.equal(nodes.slotOf(a + 1, 0), a);
    nodes.forget(a, 1);
    assert.equal(nodes.slotOf(a + 1, 0), -1);
    const again = enter(nodes, 10, 'a');
    assert.equal(again, a, 'the slot is reused');
    assert.equal(nodes.slotOf(a + 1, 0), -1, 'the old nodeid is not');
    assert.equal(nodes.slotOf(a + 1, nodes.generation[a]), a);
  });

  it('never counts below zero, and says that somebody forgot too much', () => {
    const nodes = table();
    const a = enter(nodes, 10, 'a');
    nodes.forget(a, 5);
    assert.equal(nodes.excessForgets, 1);
    assert.equal(nodes.size, 1);
  });

  it('keeps a forgotten directory while a child was last seen in it', () => {
    const nodes = table();
    const d = enter(nodes, 10, 'd', ROOT, DIR);
    const f = enter(nodes, 11, 'f', d);
    nodes.forget(d, 1);
    assert.equal(nodes.size, 3);
    assert.equal(nodes.slotOf(d + 1, 0), -1, 'but the guest may not use it');
    nodes.forget(f, 1);
    assert.equal(nodes.size, 1);
  });

  it('keeps a forgotten node while a handle is open', () => {
    const nodes = table();
    const f = enter(nodes, 11, 'f');
    nodes.handle[f] = 3;
    nodes.forget(f, 1);
    assert.equal(nodes.size, 2);
    nodes.handle[f] = -1;
    nodes.handlesGone(f);
    assert.equal(nodes.size, 1);
  });

  it('tells a reused inode number from the old file by its birth', () => {
    const nodes = table();
    const old = enter(nodes, 10, 'a', ROOT, REG, 1);
    const young = enter(nodes, 10, 'a', ROOT, REG, 2);
    assert.notEqual(young, old);
    assert.equal(nodes.nameLength[old], 0, 'the old node has no way back by name');
    assert.equal(nodes.find(0, 10, 0, 2), young);
    assert.equal(nodes.find(0, 10, 0, 1), -1);
    nodes.forget(old, 1);
    assert.equal(nodes.find(0, 10, 0, 2), young, 'and its end does not take the new one along');
  });

  it('frees nodes whatever the order in which a tree is forgotten', () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 0, 2],
    ]) {
      const nodes = table();
      const d = enter(nodes, 10, 'd', ROOT, DIR);
      const e = enter(nodes, 11, 'e', d, DIR);
      const f = enter(nodes, 12, 'f', e);
      const all = [d, e, f];
      for (const i of order) nodes.forget(all[i], 1);
      assert.equal(nodes.size, 1, `order ${order}`);
    }
  });

  it('tells its owner once about every node that dies', () => {
    const nodes = table();
    const died: number[] = [];
    nodes.onFree = (slot) => died.push(slot);
    const d = enter(nodes, 10, 'd', ROOT, DIR);
    const f = enter(nodes, 11, 'f', d);
    nodes.forget(f, 1);
    nodes.forget(d, 1);
    assert.deepEqual(died, [f, d]);
  });

  it('survives a hundred thousand nodes and random churn with balanced counts', () => {
    const nodes = table();
    let seed = 1;
    const random = (n: number) => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return (seed >>> 8) % n;
    };
    const counts = new Map<number, number>();
    for (let i = 0; i < 100_000; i++) {
      const ino = 100 + random(20_000);
      if (random(3) > 0) {
        enter(nodes, ino, `name-${ino}`);
        counts.set(ino, (counts.get(ino) ?? 0) + 1);
      } else if (counts.has(ino)) {
        const slot = nodes.find(0, ino, 0, 1);
        assert.equal(nodes.lookupCount(slot), counts.get(ino));
        assert.equal(nameOf(nodes, slot), `name-${ino}`);
        nodes.forget(slot, counts.get(ino) as number);
        counts.delete(ino);
      }
    }
    assert.equal(nodes.size, counts.size + 1);
    for (const [ino, count] of counts) nodes.forget(nodes.find(0, ino, 0, 1), count);
    assert.equal(nodes.size, 1);
    assert.equal(nodes.excessForgets, 0);
  });
});
