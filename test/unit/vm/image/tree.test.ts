import assert from 'node:assert/strict';
import { Tree } from '../../../../vm/image/tree.js';

const paths = (tree: Tree) => tree.entries().map(({ path }) => path);

describe('vm/image/tree', () => {
  it('makes the directories above a file, once', () => {
    const tree = new Tree().file('a/b/c', 'x').file('a/b/d', 'y');
    assert.deepEqual(paths(tree), ['a', 'a/b', 'a/b/c', 'a/b/d']);
  });

  it('keeps the mode of a directory that was made on purpose', () => {
    const [tmp] = new Tree().directory('tmp', 0o1777).file('tmp/x', '').entries();
    assert.equal(tmp!.mode, 0o1777);
  });

  it('does not show the order of the calls', () => {
    const one = new Tree().file('b', '1').file('a/x', '2').symlink('c', 'b');
    const other = new Tree().symlink('c', 'b').file('a/x', '2').file('b', '1');
    assert.deepEqual(one.entries(), other.entries());
  });

  it('puts every directory before what is in it, also where names sort between', () => {
    const tree = new Tree().file('lib/x', '').file('lib-more', '').file('lib.d/y', '');
    const order = paths(tree);
    for (const path of order.filter((each) => each.includes('/'))) {
      assert.ok(order.indexOf(path.split('/')[0]!) < order.indexOf(path), path);
    }
  });

  it('replaces what has the same path', () => {
    const tree = new Tree().file('x', 'old').file('x', 'new');
    assert.deepEqual(tree.entries(), [{ path: 'x', mode: 0o644, type: 'file', data: Buffer.from('new') }]);
  });
});
