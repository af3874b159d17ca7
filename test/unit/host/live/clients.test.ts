/** The mounts of one daemon: each sees what the others changed since it last looked, and nothing of itself. */
import assert from 'node:assert/strict';
import { CLIENTS_BYTES, cellOf, join, leave, Marks, Others } from '../../../../host/live/clients.js';

const MANY = 64;

describe('host/live/clients: a mount', () => {
  let shared: SharedArrayBuffer;
  beforeEach(() => {
    shared = new SharedArrayBuffer(CLIENTS_BYTES);
  });

  function client(says = true) {
    const at = join(shared, says);
    return { at, marks: new Marks(shared, at), others: new Others(shared, at) };
  }
  function drain(others: Others): void {
    others.drains();
    others.drained();
  }

  it('that is alone knows it, until another comes, and again when that has gone', () => {
    const one = client();
    assert.equal(one.others.none, true);
    const two = client();
    assert.equal(one.others.none, false);
    leave(shared, two.at);
    assert.equal(one.others.none, true);
  });

  it('sees what another has changed, up to the drain that follows its end, and no other cell', () => {
    const [one, two] = [client(), client()];
    drain(one.others);
    two.marks.begin(5);
    two.marks.end(5);
    one.others.drains();
    assert.deepEqual([one.others.touched(5), one.others.touched(6)], [true, false]);
    one.others.drained();
    one.others.drains();
    assert.equal(one.others.touched(5), false);
  });

  it('sees a change that has begun and not ended, at every drain', () => {
    const [one, two] = [client(), client()];
    two.marks.begin(5);
    for (let i = 0; i < 3; i++) {
      one.others.drains();
      assert.equal(one.others.touched(5), true);
      one.others.drained();
    }
  });

  it('sees a change that was under way at the drain before, though it has ended since', () => {
    const [one, two] = [client(), client()];
    two.marks.begin(5);
    drain(one.others);
    two.marks.end(5);
    one.others.drains();
    assert.equal(one.others.touched(5), true);
    drain(one.others);
    assert.equal(one.others.touched(5), false);
  });

  it('does not see its own', () => {
    const [one] = [client(), client()];
    one.marks.begin(5);
    one.others.drains();
    assert.equal(one.others.touched(5), false);
  });

  it('takes everything for changed while somebody does not say what it changes', () => {
    const one = client();
    const silent = client(false);
    assert.equal(silent.at, -1);
    silent.marks.begin(5);
    silent.marks.end(5);
    one.others.drains();
    assert.equal(one.others.touched(1234), true);
    leave(shared, silent.at);
    assert.equal(one.others.touched(1234), false);
  });

  it('has a place of its own as long as there are any, and the next one has none', () => {
    const all = Array.from({ length: MANY }, () => client());
    assert.equal(new Set(all.map(({ at }) => at)).size, MANY);
    assert.equal(client().at, -1);
    leave(shared, all[3].at);
    assert.equal(client().at, all[3].at);
  });

  it('that ended in the midst of a change leaves nothing behind for the next one of its place', () => {
    const [one, two] = [client(), client()];
    two.marks.begin(5);
    leave(shared, two.at);
    client();
    drain(one.others);
    drain(one.others);
    assert.equal(one.others.touched(5), false);
  });
});

describe('host/live/clients: cells', () => {
  it('are spread over neighbouring inode numbers', () => {
    const cells = new Set(Array.from({ length: 500 }, (_, i) => cellOf(1_000_000 + i, 0)));
    assert.ok(cells.size > 400, `${cells.size} cells`);
  });

  it('are spread over inode numbers that are far apart', () => {
    const cells = new Set(Array.from({ length: 500 }, (_, i) => cellOf(17 + i * 8192, 0)));
    assert.ok(cells.size > 400, `${cells.size} cells`);
  });

  it('depend on both words of the number', () => {
    assert.notEqual(cellOf(1, 0), cellOf(1, 1));
  });
});
