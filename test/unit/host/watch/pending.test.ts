import assert from 'node:assert/strict';
import { Hint } from '../../../../host/watch/feed.js';
import { Pending } from '../../../../host/watch/pending.js';

const told = (pending: Pending) => {
  const { losses, directories } = pending.take();
  return {
    losses,
    directories: directories.map(({ id, names, whole, self, ended }) => [id, [...names], whole, self, ended]),
  };
};
const NOTHING = { losses: [], directories: [] };

describe('host/watch: what is pending', () => {
  it('is told once, names with all their hints, directories in the order they were first heard of', () => {
    const pending = new Pending();
    assert.ok(pending.empty);
    pending.name(2, 'a', Hint.CREATED);
    pending.self(1);
    pending.name(2, 'b', Hint.MODIFIED);
    pending.name(2, 'a', Hint.CLOSED);
    assert.ok(!pending.empty);
    assert.deepEqual(told(pending).directories, [
      [
        2,
        [
          ['a', Hint.CREATED | Hint.CLOSED],
          ['b', Hint.MODIFIED],
        ],
        false,
        false,
        undefined,
      ],
      [1, [], false, true, undefined],
    ]);
    assert.ok(pending.empty);
    assert.deepEqual(told(pending), NOTHING);
  });

  it('too many names of a directory are the directory, which has its room back', () => {
    const pending = new Pending({ all: 10, directory: 3 });
    for (const name of ['a', 'b', 'c', 'c', 'd', 'e']) pending.name(1, name, 1);
    for (const name of ['a', 'b', 'c']) pending.name(2, name, 1);
    assert.deepEqual(
      told(pending).directories.map(([id, names, whole]) => [id, (names as []).length, whole]),
      [
        [1, 0, true],
        [2, 3, false],
      ],
    );
  });

  it('too much of all is everything, once; what comes after that is in it', () => {
    const pending = new Pending({ all: 5, directory: 10 });
    for (let id = 0; id < 5; id++) pending.name(id, 'x', 1);
    pending.whole(5);
    pending.whole(3);
    pending.self(3);
    assert.deepEqual(told(pending), { ...NOTHING, losses: ['slow-consumer'] });
    pending.name(1, 'x', 1);
    assert.equal(told(pending).directories.length, 1);
  });

  it('a loss drops what it includes, but not that a directory is watched no more, before it or after', () => {
    const pending = new Pending();
    pending.name(1, 'x', 1);
    pending.name(2, 'x', 1);
    pending.ended(2, 'unmounted');
    pending.ended(2, 'removed');
    pending.everything('overflow');
    pending.everything('overflow');
    pending.ended(3, 'removed');
    pending.name(3, 'x', 1);
    const { losses, directories } = told(pending);
    assert.deepEqual(losses, ['overflow']);
    assert.deepEqual(directories, [
      [2, [], false, false, 'unmounted'],
      [3, [], false, false, 'removed'],
    ]);
  });
});
