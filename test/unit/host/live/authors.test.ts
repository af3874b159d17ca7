/** Who caused an event: the word of the feed and of the other mounts, which may come before the event or after it. */
import assert from 'node:assert/strict';
import { Authors } from '../../../../host/live/authors.js';
import type { Event } from '../../../../host/live/batch.js';
import { CLIENTS_BYTES, cellOf, join, Marks, Others } from '../../../../host/live/clients.js';
import { S } from '../../../../host/snapshot/stat.js';
import { IN } from '../../../../native/os-watch.js';

const DIRECTORY = 3;
/** A directory in it, whose node is live as well, and one that the guest does not know. */
const BELOW = 4;
const INO = 1000;

describe('host/live/authors: an event', () => {
  let authors: Authors;
  let others: Others;
  let other: Marks;
  let attributed: Set<number>;
  let nodes: Map<string, number>;

  beforeEach(() => {
    const shared = new SharedArrayBuffer(CLIENTS_BYTES);
    const own = join(shared, true);
    others = new Others(shared, own);
    attributed = new Set([DIRECTORY, BELOW]);
    nodes = new Map();
    const row = (name: string) => {
      const row = new Uint32Array(S.words);
      row[S.inoLo] = INO + name.length;
      return row;
    };
    const parts = [
      { nodes: { inoLo: Uint32Array.from({ length: 8 }, (_, i) => i), inoHi: new Uint32Array(8) } },
      { isAttributed: (slot: number) => attributed.has(slot), known: (_: number, name: string) => row(name) },
      {
        look: () => -2,
        nodeOf: (found: Uint32Array) => [...nodes].find(([name]) => row(name)[S.inoLo] === found[S.inoLo])?.[1] ?? -1,
      },
      others,
    ] as unknown as ConstructorParameters<typeof Authors>;
    authors = new Authors(...parts);
    join_ = () => {
      other = new Marks(shared, join(shared, true));
    };
  });
  let join_: () => void;

  const event = (mask: number, name = 'f', slot = DIRECTORY): Event => ({
    ...{ slot, mask, name, cookie: 0 },
    author: 'unknown',
  });
  /** Authors of the events of one drain, those that are judged again, and the words that no event came for. */
  function drain(...events: Event[]) {
    authors.judge(events);
    const again = authors.again().map(({ name, author }) => `${name} ${author}`);
    return { authors: events.map(({ author }) => author), again, silent: authors.drained().map(({ name }) => name) };
  }

  it('is the own one where nobody says otherwise, and another word is about another name or another kind', () => {
    authors.told(DIRECTORY, IN.MODIFY, 'g');
    authors.told(DIRECTORY, IN.CREATE, 'f');
    assert.deepEqual(drain(event(IN.MODIFY)).authors, ['own']);
  });

  it('is foreign where the feed says so, also if the guest had its hand in the same name', () => {
    authors.told(DIRECTORY, IN.MODIFY | IN.CLOSE_WRITE, 'f');
    assert.deepEqual(drain(event(IN.MODIFY), event(IN.CLOSE_WRITE), event(IN.CREATE)).authors, [
      'foreign',
      'foreign',
      'own',
    ]);
  });

  it('is foreign if the word came with the drain before', () => {
    authors.told(DIRECTORY, IN.MODIFY, 'f');
    assert.deepEqual(drain().silent, []);
    assert.deepEqual(drain(event(IN.MODIFY)), { authors: ['foreign'], again: [], silent: [] });
    assert.deepEqual(drain(event(IN.MODIFY)).authors, ['own']);
  });

  it('is judged again if the word comes with the drain after', () => {
    assert.deepEqual(drain(event(IN.MODIFY), event(IN.MODIFY, 'g')).authors, ['own', 'own']);
    authors.told(DIRECTORY, IN.MODIFY, 'f');
    assert.deepEqual(drain().again, ['f foreign']);
    assert.deepEqual(drain().silent, []);
  });

  it('is not judged again if the word is about a newer one', () => {
    drain(event(IN.MODIFY));
    authors.told(DIRECTORY, IN.MODIFY, 'f');
    assert.deepEqual(drain(event(IN.MODIFY)), { authors: ['foreign'], again: [], silent: [] });
  });

  it('that never comes leaves a name that is not to be trusted', () => {
    authors.told(DIRECTORY, IN.MODIFY, 'f');
    drain();
    assert.deepEqual(drain().silent, ['f']);
    assert.deepEqual(drain().silent, []);
  });

  it('about a directory itself goes by its own number; one that the guest does not know it has not changed', () => {
    nodes.set('dir', BELOW);
    const attrib = IN.ATTRIB | IN.ISDIR;
    assert.deepEqual(drain(event(attrib, 'dir')).authors, ['own']);
    authors.told(BELOW, attrib, '.');
    assert.deepEqual(drain(event(attrib, 'dir'), event(attrib, 'stranger')).authors, ['foreign', 'foreign']);
  });

  it('is unknown where nobody says who does what', () => {
    attributed.delete(DIRECTORY);
    authors.told(DIRECTORY, IN.MODIFY, 'f');
    assert.deepEqual(drain(event(IN.MODIFY)).authors, ['unknown']);
  });

  it('is foreign if another mount has changed the file or its directory, and own again afterwards', () => {
    join_();
    for (const ino of [INO + 'f'.length, DIRECTORY]) {
      other.begin(cellOf(ino, 0));
      authors.drains();
      other.end(cellOf(ino, 0));
      assert.deepEqual(drain(event(IN.MODIFY), event(IN.MODIFY, 'another', BELOW)).authors, ['foreign', 'own']);
      authors.drains();
      drain();
      authors.drains();
      assert.deepEqual(drain(event(IN.MODIFY)).authors, ['own']);
    }
  });
});
