import assert from 'node:assert/strict';
import * as b from '../../../protocol/bytes.js';

describe('protocol/bytes', () => {
  it('reads what it writes, little endian, at any offset', () => {
    const bytes = new Uint8Array(16);
    b.writeU32(bytes, 1, 0xfedcba98);
    assert.deepEqual([...bytes.slice(0, 6)], [0, 0x98, 0xba, 0xdc, 0xfe, 0]);
    assert.equal(b.readU32(bytes, 1), 0xfedcba98);
    assert.equal(b.readS32(bytes, 1), 0xfedcba98 - 2 ** 32);
    b.writeU16(bytes, 3, 0xabcd);
    assert.equal(b.readU16(bytes, 3), 0xabcd);
    b.writeU64(bytes, 7, 0xffffffff, 0x80000001);
    assert.equal(b.readU32(bytes, 7), 0xffffffff);
    assert.equal(b.readU32(bytes, 11), 0x80000001);
  });

  it('makes numbers of 64 bits only where they are exact', () => {
    const bytes = new Uint8Array(8);
    for (const value of [0, 1, 0xffffffff, 2 ** 32, 2 ** 40 + 5, Number.MAX_SAFE_INTEGER]) {
      b.writeSafe(bytes, 0, value);
      assert.equal(b.readSafe(bytes, 0), value);
      assert.equal(b.viewSafe(new DataView(bytes.buffer), 0), value);
      assert.equal(b.safeFromHalves(b.lowHalf(value), b.highHalf(value)), value);
      assert.equal(new DataView(bytes.buffer).getBigUint64(0, true), BigInt(value));
    }
    b.writeU64(bytes, 0, 0, 0x200000);
    assert.equal(b.readSafe(bytes, 0), b.UNSAFE);
    b.writeU64(bytes, 0, 0xffffffff, 0xffffffff);
    assert.equal(b.readSafe(bytes, 0), b.UNSAFE);
  });

  it('compares 64 bits without reading them', () => {
    const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 9, 1, 2, 3, 4, 5, 6, 7, 8);
    assert.equal(b.sameU64(bytes, 0, bytes, 16), true);
    assert.equal(b.sameU64(bytes, 0, bytes, 8), false);
  });

  it('finds the end of a C string, and only before the bound', () => {
    const bytes = Uint8Array.of(97, 98, 0, 99);
    assert.equal(b.cstringLength(bytes, 0, 4), 2);
    assert.equal(b.cstringLength(bytes, 2, 4), 0);
    assert.equal(b.cstringLength(bytes, 0, 2), -1);
    assert.equal(b.cstringLength(bytes, 3, 4), -1);
    assert.equal(b.cstringLength(bytes, 4, 4), -1);
  });

  it('writes a C string', () => {
    const bytes = new Uint8Array(4).fill(7);
    assert.equal(b.writeCstring(bytes, 1, Uint8Array.of(97)), 2);
    assert.deepEqual([...bytes], [7, 97, 0, 7]);
  });

  it('compares and joins arrays', () => {
    assert.equal(b.bytesEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 2)), true);
    assert.equal(b.bytesEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 3)), false);
    assert.equal(b.bytesEqual(Uint8Array.of(1, 2), Uint8Array.of(1)), false);
    assert.deepEqual([...b.concat([Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3)])], [1, 2, 3]);
  });
});

describe('protocol/bytes: names for people', () => {
  const cases: [string, number[], string][] = [
    ['plain text', [0x61, 0x20, 0x62], 'a b'],
    ['UTF-8 of two, three and four bytes', [0xc3, 0xab, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80], 'ë€😀'],
    ['a backslash', [0x5c, 0x78], '\\\\x'],
    ['control characters', [0x0a, 0x1b, 0x7f, 0x00], '\\x0a\\x1b\\x7f\\x00'],
    ['C1 controls and line separators', [0xc2, 0x85, 0xe2, 0x80, 0xa8], '\\xc2\\x85\\xe2\\x80\\xa8'],
    ['a byte that is never UTF-8', [0x61, 0xff], 'a\\xff'],
    ['a sequence that is cut off', [0xe2, 0x82], '\\xe2\\x82'],
    [
      'overlong forms',
      [0xc0, 0x80, 0xe0, 0x80, 0x80, 0xf0, 0x80, 0x80, 0x80],
      '\\xc0\\x80\\xe0\\x80\\x80\\xf0\\x80\\x80\\x80',
    ],
    ['surrogates', [0xed, 0xa0, 0x80], '\\xed\\xa0\\x80'],
    ['above U+10FFFF', [0xf4, 0x90, 0x80, 0x80], '\\xf4\\x90\\x80\\x80'],
    ['a byte order mark', [0xef, 0xbb, 0xbf, 0x61], '\ufeffa'],
  ];
  for (const [title, bytes, text] of cases) {
    it(`escapes ${title}`, () => {
      assert.equal(b.toEscapes(Uint8Array.from(bytes)), text);
      assert.deepEqual([...b.fromEscapes(text)], bytes);
    });
  }

  it('loses nothing of any two bytes', () => {
    for (let first = 0; first < 256; first++) {
      for (let second = 0; second < 256; second++) {
        const bytes = Uint8Array.of(first, second);
        const text = b.toEscapes(bytes);
        if (!b.bytesEqual(b.fromEscapes(text), bytes)) assert.fail(`${first} ${second}: ${text}`);
      }
    }
  });
});
