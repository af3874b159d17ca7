/** The files that are held by node: what is opened for what, and everything that ends it, each beside its opposite. */
import assert from 'node:assert/strict';
import { SETTLED } from '../../../../host/held/files.js';
import { Access, Asker, MISPLACED, Used } from '../../../../host/held/shared.js';
import { HandleKind } from '../../../../host/state/handles.js';
import { ROOT } from '../../../../host/state/nodes.js';
import { Errno } from '../../../../protocol/errno.js';
import { O_RDONLY, O_RDWR, O_WRONLY } from '../../../../protocol/linux.js';
import { FakeMount } from './fake-mount.js';

const { READ, WRITE } = Access;

describe('files held by node', () => {
  describe('are opened', () => {
    it('once for reading, anew for writing, and then that one serves both', () => {
      const m = new FakeMount(8);
      const f = m.file('f');
      const first = m.files.hold(f, READ);
      assert.equal(m.files.hold(f, READ), first);
      assert.deepEqual(m.held, [[f, O_RDONLY]]);
      const second = m.files.hold(f, WRITE);
      assert.deepEqual(m.held, [[f, O_RDWR]]);
      for (const access of [READ, WRITE]) assert.equal(m.files.hold(f, access), second);
      assert.equal(m.handles.kind[second], HandleKind.NODE);
    });

    it('for no more than the file allows', () => {
      const m = new FakeMount(8);
      const [r, w, none] = [
        m.file('r', { writable: false }),
        m.file('w', { readable: false }),
        m.file('none', { readable: false, writable: false }),
      ];
      assert.equal(m.files.hold(r!, WRITE), -Errno.EACCES);
      assert.ok(m.files.hold(r!, READ) >= 0);
      assert.equal(m.files.hold(r!, WRITE), -Errno.EACCES);
      assert.equal(m.files.hold(w!, READ), -Errno.EACCES);
      assert.ok(m.files.hold(w!, WRITE) >= 0);
      assert.equal(m.files.hold(w!, READ), -Errno.EACCES);
      for (const access of [READ, WRITE]) assert.equal(m.files.hold(none!, access), -Errno.EACCES);
      assert.deepEqual(m.held, [
        [r, O_RDONLY],
        [w, O_WRONLY],
      ]);
      assert.ok(m.files.holdAny(w!) >= 0);
      assert.equal(m.files.holdAny(none!), -Errno.EACCES);
    });

    it('for reading only on a read-only share, and only if they are files', () => {
      const m = new FakeMount(8);
      m.readOnly = true;
      const f = m.file('f');
      assert.equal(m.files.hold(f, WRITE), -Errno.EROFS);
      assert.ok(m.files.hold(f, READ) >= 0);
      assert.equal(m.files.hold(ROOT, READ), -Errno.EISDIR);
    });

    it('by CREATE, and then may be written although their mode forbids it; a second description is not kept', () => {
      const m = new FakeMount(8);
      const f = m.file('f', { writable: false });
      const handle = m.files.adopt(m.opened(f, O_RDWR), f, O_RDWR);
      assert.equal(m.files.hold(f, WRITE), handle);
      assert.equal(m.files.adopt(m.opened(f, O_RDONLY), f, O_RDONLY), handle);
      assert.deepEqual(m.held, [[f, O_RDWR]]);
    });
  });

  describe('the data lane', () => {
    it('finds them by a hint, which follows what is opened', () => {
      const m = new FakeMount(8);
      const asker = new Asker(m.shared);
      const f = m.file('f');
      assert.equal(asker.hint(f + 1), -1);
      const first = m.files.hold(f, READ);
      assert.equal(asker.hint(f + 1), first);
      const second = m.files.hold(f, WRITE);
      assert.equal(asker.hint(f + 1), second);
      assert.notEqual(first, second);
    });

    it('asks by nodeid: one that is not alive, or of another generation, is ESTALE', () => {
      const m = new FakeMount(8);
      const f = m.file('f');
      const generation = m.nodes.generation[f]!;
      assert.ok(m.files.answer(f + 1, generation, READ) >= 0);
      assert.equal(m.files.answer(f + 1, generation + 1, READ), -Errno.ESTALE);
      for (const lo of [0, f + 2, 0xffff_ffff]) assert.equal(m.files.answer(lo, generation, READ), -Errno.ESTALE);
      m.nodes.forget(f, 1);
      assert.equal(m.files.answer(f + 1, generation, READ), -Errno.ESTALE);
    });

    it('tells of an append that went elsewhere, and the guest is told to read it anew', () => {
      const m = new FakeMount(8);
      const f = m.file('f');
      assert.equal(m.files.answer(f + 1, m.nodes.generation[f]!, MISPLACED), 0);
      assert.deepEqual([m.dropped, m.held], [[f], []]);
    });
  });

  describe('that are written', () => {
    it('are closed when nothing has been written for a moment, and not before', () => {
      const m = new FakeMount(8);
      const f = m.file('f');
      const handle = m.files.hold(f, WRITE);
      assert.ok(m.alarms.length === 1 && m.alarms[0]! > SETTLED);
      m.ring(SETTLED - 1);
      assert.equal(m.open.size, 1);
      // Written before this look, and before the next.
      m.ring(1);
      m.used(handle, Used.WRITTEN);
      m.ring(SETTLED);
      assert.deepEqual([m.open.size, m.ended], [1, []]);
      m.ring(SETTLED);
      assert.deepEqual([m.open.size, m.ended], [0, [f]]);
      assert.equal(m.alarms.length, 3);
    });

    it('stay open while somebody is at it, and are closed after', () => {
      const m = new FakeMount(8);
      const handle = m.files.hold(m.file('f'), WRITE);
      m.pinned.add(handle);
      for (let i = 0; i < 5; i++) m.ring(SETTLED);
      assert.equal(m.open.size, 1);
      m.pinned.clear();
      m.ring(SETTLED);
      assert.equal(m.open.size, 0);
    });

    it('are not kept open by being read', () => {
      const m = new FakeMount(8);
      const handle = m.files.hold(m.file('f'), WRITE);
      for (let i = 0; i < 3; i++) {
        m.used(handle, Used.READ);
        m.ring(SETTLED);
      }
      assert.equal(m.open.size, 0);
    });

    it('are spared for a time if they could not be opened for writing again', () => {
      const m = new FakeMount(8);
      const f = m.file('f', { writable: false });
      m.files.adopt(m.opened(f, O_RDWR), f, O_RDWR);
      for (let i = 0; i < 50; i++) m.ring(SETTLED);
      assert.equal(m.open.size, 1);
      for (let i = 0; i < 100; i++) m.ring(SETTLED);
      assert.equal(m.open.size, 0);
    });

    it('stay open without a name, with no alarm, until they are forgotten', () => {
      const m = new FakeMount(8);
      const f = m.file('f');
      m.files.hold(f, WRITE);
      m.nodes.clearName(f);
      m.ring(SETTLED);
      m.ring(SETTLED);
      assert.deepEqual([m.open.size, m.alarms.length], [1, 1]);
      m.nodes.forget(f, 1);
      assert.deepEqual([m.open.size, m.ended], [0, [f]]);
    });

    it('those that are only read are left open, without an alarm', () => {
      const m = new FakeMount(8);
      m.files.hold(m.file('f'), READ);
      m.ring(10 * SETTLED);
      assert.deepEqual([m.open.size, m.alarms.length], [1, 0]);
    });
  });

  describe('beyond the budget', () => {
    const fill = (m: FakeMount, count: number) =>
      Array.from({ length: count }, (_, i) => {
        const node = m.file(`f${i}`);
        const handle = m.files.hold(node, READ);
        m.files.settle();
        return { node, handle };
      });

    it('the least recently used are closed, and can be opened again', () => {
      const m = new FakeMount(4);
      const files = fill(m, 4);
      for (const { handle } of files) m.answerer.takeUse(handle, Used.READ);
      m.used(files[0]!.handle);
      const { node } = fill(m, 1)[0]!;
      assert.deepEqual(
        m.held.map(([held]) => held),
        [files[0]!.node, files[2]!.node, files[3]!.node, node].sort(),
      );
      assert.ok(m.files.hold(files[1]!.node, READ) >= 0);
    });

    it('never more are kept than that, whatever is asked for', () => {
      const m = new FakeMount(4);
      fill(m, 40);
      assert.ok(m.open.size <= 4);
    });

    it('those without a name, or whose name leads elsewhere, are spared while there are others', () => {
      const m = new FakeMount(4);
      const files = fill(m, 4);
      m.nodes.clearName(files[0]!.node);
      m.of(files[1]!.node).named = false;
      fill(m, 10);
      const held = m.held.map(([node]) => node);
      assert.ok(held.includes(files[0]!.node) && held.includes(files[1]!.node));
      assert.ok(!held.includes(files[2]!.node));
    });

    it('… but not for ever: twice as many is the end of it', () => {
      const m = new FakeMount(4);
      for (let i = 0; i < 40; i++) m.of(fill(m, 1)[0]!.node).named = false;
      assert.ok(m.open.size <= 8);
    });

    it('when the process has no descriptor left half of them go, but none that the request uses', () => {
      const m = new FakeMount(8);
      const files = fill(m, 6);
      m.files.hold(files[0]!.node, READ);
      assert.ok(m.files.shrink());
      assert.ok(m.open.size <= 3);
      assert.ok(m.held.some(([node]) => node === files[0]!.node));
      assert.ok(!new FakeMount(4).files.shrink());
    });
  });

  it('are closed when the guest forgets the node, and not before the last lookup is taken back', () => {
    const m = new FakeMount(8);
    const f = m.file('f');
    m.nodes.again(f);
    m.files.hold(f, READ);
    m.nodes.forget(f, 1);
    assert.equal(m.open.size, 1);
    m.nodes.forget(f, 1);
    assert.deepEqual([m.open.size, m.nodes.size, m.files.size], [0, 1, 0]);
  });
});
