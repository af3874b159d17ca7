/** Bytes per entry and the time of comparisons of a large directory: `node dist/test/unit/host/snapshot/measure.js [entries]`. */
import { compare } from '../../../../host/snapshot/compare.js';
import { Listing } from '../../../../host/snapshot/listing.js';
import { Snapshots } from '../../../../host/snapshot/snapshots.js';
import { S } from '../../../../host/snapshot/stat.js';
import { S_IFDIR, S_IFREG } from '../../../../protocol/linux.js';

const COUNT = Number(process.argv[2] ?? 100_000);
const stat = (ino: number, mtime = 0, mode = S_IFREG) => {
  const row = new Uint32Array(S.words);
  row[S.inoLo] = ino;
  row[S.mode] = mode;
  row[S.nlink] = 1;
  row[S.mtimeLo] = mtime;
  return row;
};

const snapshots = new Snapshots();
const empty = snapshots.byteLength;
const directory = snapshots.open(stat(1, 0, S_IFDIR));

/** A listing of all; every `step`-th entry is another: modified, or with another name. */
function round(what: string, change: (i: number) => { name?: string; mtime?: number }): void {
  const listing = new Listing(directory, true, COUNT);
  for (let i = 0; i < COUNT; i++) {
    const { name = `file-${i}.txt`, mtime = 0 } = change(i);
    listing.add(Buffer.from(name), stat(i + 2, mtime));
  }
  const look = snapshots.inFlight.look();
  const start = performance.now();
  const { changes } = compare(snapshots, [listing], look);
  const time = performance.now() - start;
  console.log(
    `${what}: ${time.toFixed(1)} ms, ${changes.length} changes, listing ${(listing.byteLength / COUNT).toFixed(0)} bytes an entry`,
  );
}

round('first listing', () => ({}));
console.log(`${COUNT} entries: ${((snapshots.byteLength - empty) / COUNT).toFixed(1)} bytes an entry`);
for (let i = 0; i < 5; i++) round('no difference', () => ({}));
round('1 in 1000 modified', (i) => (i % 1000 === 0 ? { mtime: 1 } : {}));
round('1 in 100 renamed', (i) =>
  i % 100 === 0 ? { name: `other-${i}`, mtime: i % 1000 === 0 ? 1 : 0 } : { mtime: i % 1000 === 0 ? 1 : 0 },
);
round('all renamed', (i) => ({ name: `third-${i}`, mtime: i % 1000 === 0 ? 1 : 0 }));
