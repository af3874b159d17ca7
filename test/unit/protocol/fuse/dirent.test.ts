import assert from 'node:assert/strict';
import * as d from '../../../../protocol/fuse/dirent.js';
import { fuse_dirent, fuse_direntplus } from '../../../../protocol/fuse/structs.js';
import { DT_REG } from '../../../../protocol/linux.js';
import { readStruct } from '../../../../protocol/struct.js';

function name(length: number): Uint8Array {
  return new Uint8Array(length).fill(0x61);
}

function write(bytes: Uint8Array, at: number, end: number, length: number): number {
  return d.writeDirent(bytes, at, end, 0xffffffff, 0x12345678, 0xfedcba98, 0x7fffffff, DT_REG, name(length));
}

describe('protocol/fuse/dirent', () => {
  it('knows the size of a record', () => {
    assert.deepEqual([1, 8, 9, 255].map(d.direntSize), [32, 32, 40, 280]);
    assert.deepEqual([1, 8, 9, 255].map(d.direntplusSize), [160, 160, 168, 408]);
  });

  it('writes a record with 64-bit values whole and zeroes behind the name', () => {
    const bytes = new Uint8Array(64).fill(0xaa);
    assert.equal(write(bytes, 8, 64, 3), 32);
    const { name: _, ...members } = readStruct(fuse_dirent, new DataView(bytes.buffer), 8);
    assert.deepEqual(members, { ino: 0x12345678ffffffffn, off: 0x7ffffffffedcba98n, namelen: 3, type: DT_REG });
    assert.deepEqual([...bytes.slice(32, 42)], [0x61, 0x61, 0x61, 0, 0, 0, 0, 0, 0xaa, 0xaa]);
    assert.equal(bytes[7], 0xaa);
  });

  it('never splits a record: what does not fit is not begun', () => {
    const bytes = new Uint8Array(64).fill(0xaa);
    assert.equal(write(bytes, 0, 31, 1), 0);
    assert.ok(bytes.every((byte) => byte === 0xaa));
    assert.equal(write(bytes, 0, 32, 8), 32);
    assert.equal(write(bytes, 32, 63, 1), 0);
    assert.equal(write(bytes, 32, 64, 1), 32);
  });

  it('makes a record with attributes out of a plain one', () => {
    const source = new Uint8Array(64);
    const size = write(source, 16, 64, 5);
    const bytes = new Uint8Array(256).fill(0xaa);
    assert.equal(d.writeDirentplus(bytes, 8, 256, source, 16), 160);
    assert.ok(bytes.slice(8, 8 + fuse_direntplus.at.dirent).every((byte) => byte === 0));
    assert.deepEqual(bytes.slice(8 + fuse_direntplus.at.dirent, 8 + 160), source.slice(16, 16 + size));
    assert.equal(bytes[7], 0xaa);
    assert.equal(bytes[168], 0xaa);
    assert.equal(d.writeDirentplus(bytes, 0, 159, source, 16), 0);
  });

  it('does the same within one buffer, also where the two overlap', () => {
    const bytes = new Uint8Array(512);
    const size = write(bytes, 200, 512, 5);
    const record = bytes.slice(200, 200 + size);
    assert.equal(d.writeDirentplus(bytes, 80, 240, bytes, 200), 160);
    assert.deepEqual(bytes.slice(208, 240), record);
    assert.ok(bytes.slice(80, 208).every((byte) => byte === 0));
  });

  it('walks records, of both kinds', () => {
    const bytes = new Uint8Array(1024);
    let end = 0;
    for (const length of [1, 8, 9, 255]) end += write(bytes, end, 1024, length);
    const plus = new Uint8Array(2048);
    let at = 0;
    let plusEnd = 0;
    const lengths: number[] = [];
    for (let size = d.direntAt(bytes, at, end); size > 0; size = d.direntAt(bytes, at, end)) {
      lengths.push(new DataView(bytes.buffer).getUint32(at + fuse_dirent.at.namelen, true));
      plusEnd += d.writeDirentplus(plus, plusEnd, 2048, bytes, at);
      at += size;
    }
    assert.equal(at, end);
    assert.deepEqual(lengths, [1, 8, 9, 255]);
    at = 0;
    const sizes: number[] = [];
    for (let size = d.direntplusAt(plus, at, plusEnd); size > 0; size = d.direntplusAt(plus, at, plusEnd)) {
      sizes.push(size);
      at += size;
    }
    assert.deepEqual(sizes, [160, 160, 168, 408]);
    assert.equal(d.direntplusAt(plus, at, plusEnd), 0);
  });

  it('tells records that are cut off or lie about their name', () => {
    const bytes = new Uint8Array(64);
    write(bytes, 0, 64, 8);
    assert.equal(d.direntAt(bytes, 0, 32), 32);
    for (const end of [1, 23, 24, 31]) assert.equal(d.direntAt(bytes, 0, end), d.MALFORMED, `${end}`);
    const view = new DataView(bytes.buffer);
    for (const length of [0, 9, 0x7fffffff, 0xffffffff]) {
      view.setUint32(fuse_dirent.at.namelen, length, true);
      assert.equal(d.direntAt(bytes, 0, 32), d.MALFORMED, `${length}`);
    }
    assert.equal(d.direntplusAt(new Uint8Array(151), 0, 151), d.MALFORMED);
  });
});
