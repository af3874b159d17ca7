/** Offsets of listings that nobody has open: made of the names, so they mean the same in every listing of the directory. */
import assert from 'node:assert/strict';
import { type Listing, ListingBuilder } from '../../../../host/held/listings.js';
import { direntSize } from '../../../../protocol/fuse/dirent.js';
import { fuse_dirent } from '../../../../protocol/fuse/structs.js';

const D = fuse_dirent.at;

function record(name: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(direntSize(name.length));
  const view = new DataView(bytes.buffer);
  view.setUint32(D.namelen, name.length, true);
  bytes.set(name, fuse_dirent.size);
  return bytes;
}

function listing(names: Iterable<string | Uint8Array>, seed = 1, seed2 = 2): Listing {
  const builder = new ListingBuilder(seed, seed2);
  for (const name of names) {
    const bytes = record(typeof name === 'string' ? Buffer.from(name) : name);
    builder.add(bytes, 0, bytes.length);
  }
  return builder.finish();
}

function nameAt({ records, starts }: Listing, i: number): string {
  const view = new DataView(records.buffer, records.byteOffset + starts[i]!);
  return Buffer.from(
    records.subarray(starts[i]! + fuse_dirent.size).subarray(0, view.getUint32(D.namelen, true)),
  ).toString('latin1');
}

const namesOf = (l: Listing) => Array.from(l.starts, (_, i) => nameAt(l, i));

const MANY = Array.from({ length: 5000 }, (_, i) => `name ${i}`);

describe('listings of directories that nobody has open', () => {
  it('hold every name once, "." and ".." first, with growing offsets that a signed 64-bit number and a double both hold', () => {
    const l = listing(['b', '..', ...MANY, '.', 'a']);
    const names = namesOf(l);
    assert.deepEqual(names.slice(0, 2), ['.', '..']);
    assert.deepEqual([...names].sort(), ['.', '..', 'a', 'b', ...MANY].sort());
    for (let i = 1; i < l.offsets.length; i++) assert.ok(l.offsets[i]! > l.offsets[i - 1]!);
    assert.ok(Number.isSafeInteger(l.offsets.at(-1)) && l.offsets[0]! > 0);
  });

  it('a name has one offset whatever else is there, and however the host has told it', () => {
    const all = listing(MANY);
    const some = listing(MANY.filter((_, i) => i % 3 === 0).reverse());
    const offsets = new Map(namesOf(all).map((name, i) => [name, all.offsets[i]]));
    for (const [i, name] of namesOf(some).entries()) assert.equal(some.offsets[i], offsets.get(name));
  });

  it('who continues in another listing gets what has stayed exactly once', () => {
    const before = listing(MANY);
    for (const at of [0, 1, 999, 2500, 4998, 4999]) {
      const seen = namesOf(before).slice(0, at + 1);
      const now = MANY.filter((_, i) => i % 2 === 0).concat(Array.from({ length: 3000 }, (_, i) => `new ${i}`));
      const after = listing(now);
      const rest = namesOf(after).slice(after.after(before.offsets[at]!));
      const told = [...seen, ...rest].filter((name) => MANY.includes(name) && now.includes(name));
      assert.deepEqual(told.sort(), now.filter((name) => MANY.includes(name)).sort());
    }
  });

  it("begins behind any offset, also one that is no name's", () => {
    const l = listing(['.', '..', 'a']);
    assert.deepEqual(
      [0, 1, 2, 3, l.offsets[2]! - 1, l.offsets[2]!, 2 ** 53, 2 ** 63].map((o) => l.after(o)),
      [0, 1, 2, 2, 2, 3, 3, 3],
    );
    assert.equal(listing([]).after(0), 0);
  });

  it('a name that the host has told twice is told once', () => {
    assert.deepEqual(namesOf(listing(['x', 'y', 'x', '.', '.'])).sort(), ['.', 'x', 'y']);
  });

  it('names are bytes, and differ by each of them', () => {
    const names = [Buffer.of(0xff), Buffer.of(0xfe), Buffer.from('a'), Buffer.from('A'), Buffer.alloc(255, 0x61)];
    const l = listing([...names, Buffer.alloc(254, 0x61), Buffer.from('...')]);
    assert.equal(new Set(namesOf(l)).size, 7);
    assert.equal(new Set(l.offsets).size, 7);
  });

  it('a million names with hardly a difference have offsets of their own', () => {
    const builder = new ListingBuilder(0, 0);
    for (let i = 0; i < 1_000_000; i++) {
      const bytes = record(Buffer.from(String(i)));
      builder.add(bytes, 0, bytes.length);
    }
    const { offsets } = builder.finish();
    assert.equal(offsets.length, 1_000_000);
    for (let i = 1; i < offsets.length; i++) assert.ok(offsets[i]! > offsets[i - 1]!);
  }).timeout(60_000);

  it('another key makes another order: nobody can make names whose offsets are equal', () => {
    assert.notDeepEqual(namesOf(listing(MANY, 1, 2)), namesOf(listing(MANY, 1, 3)));
    assert.notDeepEqual(namesOf(listing(MANY, 1, 2)), namesOf(listing(MANY, 2, 2)));
  });
});
