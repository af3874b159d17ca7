import assert from 'node:assert/strict';
import {
  array,
  flexible,
  readStruct,
  s32,
  s64,
  sizeOf,
  struct,
  u8,
  u16,
  u32,
  u64,
  writeStruct,
} from '../../../protocol/struct.js';

const inner = struct('inner', { a: u8, b: u32 });
const outer = struct('outer', { x: u16, in: inner, many: array(u16, 3), y: u64, z: s32, w: s64, tail: flexible(u8) });

describe('protocol/struct', () => {
  it('aligns members and the whole as C does', () => {
    assert.deepEqual(inner.at, { a: 0, b: 4 });
    assert.equal(inner.size, 8);
    assert.equal(inner.align, 4);
    assert.deepEqual(outer.at, { x: 0, in: 4, many: 12, y: 24, z: 32, w: 40, tail: 48 });
    assert.equal(outer.size, 48);
    assert.equal(outer.align, 8);
    assert.equal(sizeOf(outer.fields.many), 6);
    assert.equal(sizeOf(outer.fields.tail), 0);
  });

  it('pads the end to its alignment', () => {
    assert.equal(struct('padded', { a: u64, b: u8 }).size, 16);
  });

  it('knows its members by name at compile time', () => {
    const offset: number = outer.at.many;
    // @ts-expect-error no such member
    const nothing: undefined = outer.at.manu;
    assert.equal(offset, 12);
    assert.equal(nothing, undefined);
  });

  it('is frozen', () => {
    assert.ok(Object.isFrozen(outer) && Object.isFrozen(outer.at) && Object.isFrozen(outer.fields));
  });

  it('writes and reads values of every width, signed and not', () => {
    const view = new DataView(new ArrayBuffer(64));
    const value = {
      x: 0xffff,
      in: { a: 255, b: 0xffffffff },
      many: [1, 2, 3],
      y: 0xffffffffffffffffn,
      z: -2,
      w: -3n,
      tail: [],
    };
    writeStruct(outer, view, 8, value);
    assert.deepEqual(readStruct(outer, view, 8), value);
    assert.equal(view.getUint8(7), 0);
  });

  it('writes zeroes where no value is given', () => {
    const bytes = new Uint8Array(16).fill(0xaa);
    writeStruct(inner, new DataView(bytes.buffer), 4, { b: 1 });
    assert.deepEqual([...bytes.slice(2, 14)], [0xaa, 0xaa, 0, 0, 0, 0, 1, 0, 0, 0, 0xaa, 0xaa]);
  });

  it('refuses unknown members, too many items and too little room', () => {
    const view = new DataView(new ArrayBuffer(48));
    assert.throws(() => writeStruct(inner, view, 0, { c: 1 } as object), TypeError);
    assert.throws(() => writeStruct(outer, view, 0, { many: [1, 2, 3, 4] }), RangeError);
    assert.throws(() => writeStruct(outer, view, 1, {}), RangeError);
    assert.throws(() => readStruct(outer, view, 1), RangeError);
  });
});
