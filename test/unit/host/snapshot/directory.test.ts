import assert from 'node:assert/strict';
import { ABSENT, type DirectorySnapshot, UNKNOWN } from '../../../../host/snapshot/directory.js';
import { Snapshots } from '../../../../host/snapshot/snapshots.js';
import { S } from '../../../../host/snapshot/stat.js';
import { S_IFDIR, S_IFREG } from '../../../../protocol/linux.js';
import { Random } from '../../protocol/random.js';

const stat = (ino: number, mode = S_IFREG) => {
  const row = new Uint32Array(S.words);
  row[S.inoLo] = ino;
  row[S.mode] = mode;
  row[S.nlink] = 1;
  return row;
};
const text = (name: string) => Buffer.from(name, 'latin1');

function fresh(): { snapshots: Snapshots; directory: DirectorySnapshot } {
  const snapshots = new Snapshots();
  return { snapshots, directory: snapshots.open(stat(1, S_IFDIR)) };
}

describe('a directory snapshot', () => {
  it('says "absent" only when it is complete', () => {
    const { directory } = fresh();
    assert.equal(directory.find(text('a'), 0, 1), UNKNOWN);
    directory.complete = true;
    assert.equal(directory.find(text('a'), 0, 1), ABSENT);
  });

  it('gives every name that stays exactly once to a reader, while others come, go and are renamed (seeded)', () => {
    const random = new Random(5);
    for (let run = 0; run < 20; run++) {
      const { snapshots, directory } = fresh();
      const stay = Array.from({ length: 300 }, (_, i) => `stay-${i}`);
      const other = (i: number) => text(`other-${i}`);
      for (const [i, name] of stay.entries()) {
        snapshots.added(directory, text(name), stat(10 + i));
        snapshots.added(directory, other(i), stat(1000 + i));
      }
      const seen: string[] = [];
      for (let offset = 0, at = 0; ; ) {
        at = directory.after(offset, directory.end);
        if (at < 0) break;
        offset = snapshots.entries.offset[at];
        seen.push(snapshots.entries.name(at));
        if (seen.length > 2000) break;
        for (let i = random.below(4); i > 0; i--) snapshots.removed(directory, other(random.below(300)));
        if (random.below(4) === 0)
          snapshots.added(directory, text(`new-${random.below(50)}`), stat(5000 + random.below(50)));
      }
      assert.deepEqual(seen.filter((name) => name.startsWith('stay')).sort(), [...stay].sort());
    }
  });

  it('lets a reader that renames whatever it reads come to an end', () => {
    const { snapshots, directory } = fresh();
    for (let i = 0; i < 100; i++) snapshots.added(directory, text(`${i}`), stat(10 + i));
    const { end } = directory;
    let read = 0;
    for (let at = directory.after(0, end); at >= 0 && read < 1000; read++) {
      const { entries, inodes } = snapshots;
      const [offset, name] = [entries.offset[at], text(entries.name(at))];
      const ino = inodes.get(entries.inode[at], S.inoLo);
      snapshots.renamed(directory, name, directory, Buffer.concat([name, text('x')]), stat(ino));
      at = directory.after(offset, end);
    }
    assert.equal(read, 100);
    assert.equal(directory.size, 100);
  });

  it('is the same as a map after random mutations, and gives memory back (seeded)', () => {
    const random = new Random(11);
    const { snapshots, directory } = fresh();
    const model = new Map<string, number>();
    for (let i = 0; i < 50_000; i++) {
      const name = `\xff${random.below(400)}`;
      if (random.below(2) === 0) {
        snapshots.removed(directory, text(name));
        model.delete(name);
      } else {
        snapshots.added(directory, text(name), stat(10 + i));
        model.set(name, 10 + i);
      }
    }
    const { entries, inodes } = snapshots;
    const known = [...directory.slots()].map(
      (slot) => [entries.name(slot), inodes.get(entries.inode[slot], S.inoLo)] as const,
    );
    assert.deepEqual(new Map(known), model);
    assert.equal(inodes.size, model.size + 1);
    assert.ok(entries.size <= 2 * model.size + 16, `${entries.size} slots for ${model.size} names`);
    assert.ok(snapshots.byteLength < 300_000, `${snapshots.byteLength} bytes`);
    snapshots.drop(directory);
    assert.deepEqual([entries.size, inodes.size], [0, 0]);
  });
});
