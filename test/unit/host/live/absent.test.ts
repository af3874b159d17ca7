import assert from 'node:assert/strict';
import { Absent } from '../../../../host/live/absent.js';

describe('missing names that a guest may remember', () => {
  it('can be taken back, once, by directory', () => {
    const absent = new Absent();
    for (const name of ['a', 'b', 'a']) assert.ok(absent.add(1, name));
    assert.ok(absent.add(2, 'c'));
    assert.deepEqual([...absent.take(1)], ['a', 'b']);
    assert.deepEqual([...absent.take(1)], []);
    assert.ok(!absent.knows(1) && absent.knows(2));
    assert.equal(absent.size, 1);
  });

  it('are not missing any more when they have come', () => {
    const absent = new Absent();
    absent.add(1, 'a');
    absent.delete(1, 'b');
    absent.delete(2, 'a');
    assert.ok(absent.knows(1));
    absent.delete(1, 'a');
    assert.ok(!absent.knows(1));
    assert.equal(absent.size, 0);
  });

  it('are bounded: beyond that the guest may not remember, unless it does already', () => {
    const absent = new Absent(2);
    assert.deepEqual(
      ['a', 'b', 'c', 'a'].map((name) => absent.add(1, name)),
      [true, true, false, true],
    );
    absent.delete(1, 'a');
    assert.ok(absent.add(2, 'c'), 'there is room again');
  });
});
