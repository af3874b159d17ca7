import assert from 'node:assert/strict';
import { ProtocolError } from '../../../../protocol/error.js';
import { decodeRequest } from '../../../../protocol/fuse/decode.js';
import { Opcode, type OpcodeName } from '../../../../protocol/fuse/opcodes.js';
import { checkRequest, fixedSize, HEADER, requestLayouts } from '../../../../protocol/fuse/requests.js';
import { readFixtures } from '../../../wire/fixture.js';
import { Random } from '../random.js';

const plain = { setxattrExt: false };

/** A request with arguments of its own, header filled in. */
function request(name: OpcodeName, body: readonly number[], totalExtlen = 0): Uint8Array {
  const message = Uint8Array.of(...new Uint8Array(HEADER), ...body);
  const view = new DataView(message.buffer);
  view.setUint32(0, message.length, true);
  view.setUint32(4, Opcode[name], true);
  view.setUint16(36, totalExtlen, true);
  return message;
}

function check(message: Uint8Array, options = plain): 0 | string {
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  return checkRequest(view, 0, message.length, view.getUint32(4, true), options);
}

const text = (value: string) => [...new TextEncoder().encode(value)];
const u32 = (value: number) => [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24];
const zeroes = (count: number) => new Array<number>(count).fill(0);
const group = [...u32(16), ...u32(32), ...u32(1), ...u32(1000)];

describe('protocol/fuse/requests', () => {
  it('has a row for every operation, at its number', () => {
    for (const [name, opcode] of Object.entries(Opcode)) assert.equal(requestLayouts[opcode]?.name, name);
    assert.equal(requestLayouts.filter((layout) => layout !== undefined).length, Object.keys(Opcode).length);
  });

  it('knows what is not answered', () => {
    const silent = requestLayouts.filter((layout) => layout?.reply === false).map((layout) => layout!.name);
    assert.deepEqual(silent, ['FORGET', 'INTERRUPT', 'NOTIFY_REPLY', 'BATCH_FORGET']);
  });

  it('knows the short struct of SETXATTR', () => {
    const layout = requestLayouts[Opcode.SETXATTR]!;
    assert.equal(fixedSize(layout, plain), 8);
    assert.equal(fixedSize(layout, { setxattrExt: true }), 16);
  });

  const good: [string, Uint8Array][] = [
    ['a name of one byte', request('LOOKUP', text('a\0'))],
    ['a name that is not UTF-8', request('LOOKUP', [0xff, 0])],
    ['a WRITE of nothing', request('WRITE', zeroes(40))],
    ['a BATCH_FORGET of nothing', request('BATCH_FORGET', zeroes(8))],
    ['an extended attribute without a value', request('SETXATTR', [...zeroes(8), ...text('user.a\0')])],
    [
      'an INIT of a version to come',
      request('INIT', [...u32(7), ...u32(60), ...u32(0), ...u32(1 << 30), ...zeroes(100)]),
    ],
    ['a group behind a CREATE', request('CREATE', [...zeroes(16), ...text('a\0'), ...group], 2)],
    [
      'two extensions behind a MKDIR',
      request('MKDIR', [...zeroes(8), ...text('a\0'), ...u32(8), ...u32(0), ...group], 3),
    ],
    [
      'a security context behind a SYMLINK',
      request('SYMLINK', [...text('a\0b\0'), ...u32(24), ...u32(1), ...u32(3), ...u32(0), ...text('x.y\0abc'), 0], 3),
    ],
    [
      'an extension of a kind to come',
      request('TMPFILE', [...zeroes(16), ...text('/\0'), ...u32(16), ...u32(77), ...zeroes(8)], 2),
    ],
  ];
  for (const [title, message] of good) it(`takes ${title}`, () => assert.equal(check(message), 0));

  const bad: [string, Uint8Array, RegExp][] = [
    ['an empty name', request('LOOKUP', [0]), /name/],
    ['a name without an end', request('UNLINK', text('abc')), /name/],
    ['bytes behind a name', request('RMDIR', text('a\0b')), /longer/],
    ['one name where two belong', request('RENAME', [...zeroes(8), ...text('a\0')]), /name/],
    ['three names where two belong', request('RENAME2', [...zeroes(16), ...text('a\0b\0c\0')]), /longer/],
    ['a symlink without content', request('SYMLINK', text('a\0\0')), /name/],
    ['arguments that are missing', request('READ', zeroes(39)), /shorter than its arguments/],
    ['arguments that nobody asked for', request('STATFS', [1]), /longer/],
    ['a WRITE that lacks a byte', request('WRITE', [...zeroes(16), ...u32(5), ...zeroes(20), 1, 2, 3, 4]), /count/],
    ['a WRITE with a byte too many', request('WRITE', [...zeroes(16), ...u32(1), ...zeroes(20), 1, 2]), /longer/],
    ['a WRITE of 4 GiB', request('WRITE', [...zeroes(16), ...u32(0xffffffff), ...zeroes(20), 1]), /count/],
    [
      'a BATCH_FORGET whose size wraps',
      request('BATCH_FORGET', [...u32(0x10000001), ...u32(0), ...zeroes(16)]),
      /count/,
    ],
    ['a value that is not there', request('SETXATTR', [...u32(9), ...u32(0), ...text('user.a\0v')]), /count/],
    [
      'an old INIT that says it is a new one',
      request('INIT', [...u32(7), ...u32(36), ...u32(0), ...u32(1 << 30)]),
      /INIT/,
    ],
    ['an INIT too short', request('INIT', zeroes(12)), /shorter/],
    ['extensions where none belong', request('UNLINK', [...text('a\0'), ...group], 2), /none are allowed/],
    [
      'extensions longer than the message',
      request('MKDIR', [...zeroes(8), ...text('a\0')], 0xffff),
      /longer than the message/,
    ],
    ['extensions that eat the name', request('MKDIR', [...zeroes(4), ...group], 2), /shorter/],
    [
      'an extension cut off',
      request('MKDIR', [...zeroes(8), ...text('a\0'), ...u32(24), ...u32(32), ...zeroes(8)], 2),
      /wrong size/,
    ],
    ['an extension of no size', request('MKDIR', [...zeroes(8), ...text('a\0'), ...zeroes(8)], 1), /wrong size/],
    [
      'an extension of an odd size',
      request('MKDIR', [...zeroes(8), ...text('a\0'), ...u32(9), ...zeroes(12)], 2),
      /wrong size/,
    ],
    [
      'more groups than bytes',
      request('MKDIR', [...zeroes(8), ...text('a\0'), ...u32(16), ...u32(32), ...u32(2), ...u32(0)], 2),
      /groups/,
    ],
    ['groups without a count', request('MKDIR', [...zeroes(8), ...text('a\0'), ...u32(8), ...u32(32)], 1), /groups/],
    [
      'a context without an end',
      request(
        'MKDIR',
        [...zeroes(8), ...text('a\0'), ...u32(24), ...u32(1), ...u32(0), ...u32(0), ...text('abcdefgh')],
        3,
      ),
      /context/,
    ],
    [
      'a context longer than its record',
      request(
        'MKDIR',
        [
          ...zeroes(8),
          ...text('a\0'),
          ...u32(24),
          ...u32(1),
          ...u32(0xffffffff),
          ...u32(0),
          ...text('a\0'),
          ...zeroes(6),
        ],
        3,
      ),
      /context/,
    ],
    ['fewer contexts than said', request('MKDIR', [...zeroes(8), ...text('a\0'), ...u32(8), ...u32(1)], 1), /context/],
  ];
  for (const [title, message, reason] of bad)
    it(`refuses ${title}`, () => assert.match(String(check(message)), reason));

  it('refuses a header that disagrees', () => {
    const message = request('LOOKUP', text('a\0'));
    const view = new DataView(message.buffer);
    assert.match(String(checkRequest(view, 0, message.length, Opcode.UNLINK, plain)), /another one/);
    assert.match(
      String(checkRequest(view, 0, message.length + 1, Opcode.LOOKUP, plain)),
      /shorter than a request header/,
    );
    assert.match(String(checkRequest(view, -1, message.length, Opcode.LOOKUP, plain)), /shorter than a request header/);
    assert.match(String(checkRequest(view, 0, message.length - 1, Opcode.LOOKUP, plain)), /length in the header/);
    assert.match(String(checkRequest(view, 0, 39, Opcode.LOOKUP, plain)), /shorter than a request header/);
  });

  it('works anywhere in a buffer, aligned or not, and looks no further than the message', () => {
    const message = request('LOOKUP', text('abc\0'));
    const buffer = new Uint8Array(200).fill(0x62);
    for (const offset of [1, 2, 7, 100]) {
      buffer.set(message, offset);
      assert.equal(checkRequest(new DataView(buffer.buffer), offset, message.length, Opcode.LOOKUP, plain), 0);
      buffer.fill(0x62);
    }
    const open = request('LOOKUP', text('abc'));
    buffer.set(open, 0);
    buffer[open.length] = 0;
    assert.match(String(checkRequest(new DataView(buffer.buffer), 0, open.length, Opcode.LOOKUP, plain)), /name/);
  });

  it('passes opcodes it has no row for, by their header alone', () => {
    const message = request('LOOKUP', text('anything'));
    const view = new DataView(message.buffer);
    for (const opcode of [0, 7, 19, 54, 4096, 0xffffffff]) {
      view.setUint32(4, opcode, true);
      assert.equal(check(message), 0, `${opcode}`);
      assert.deepEqual(decodeRequest(message, plain).arguments, {});
    }
    view.setUint32(0, 5, true);
    assert.notEqual(check(message), 0);
  });

  it('answers 20,000 mutations of real requests without failing, and decodes what it passes', () => {
    const fixtures = readFixtures('requests');
    const random = new Random(42);
    let passed = 0;
    for (let round = 0; round < 20_000; round++) {
      const fixture = random.pick(fixtures);
      const message = random.mutate(fixture.message);
      const view = new DataView(message.buffer);
      // Half of them get a true length, or nothing behind the header would ever be looked at.
      if (message.length >= 4 && round % 2 === 0) view.setUint32(0, message.length, true);
      const opcode = message.length >= 8 ? view.getUint32(4, true) : 0;
      const options = { setxattrExt: round % 3 === 0 };
      const result = checkRequest(view, 0, message.length, opcode, options);
      if (result === 0) {
        passed++;
        decodeRequest(message, options);
      } else {
        assert.equal(typeof result, 'string');
      }
    }
    assert.ok(passed > 200 && passed < 19_800, `${passed} passed`);
  });

  it('throws what a log can show when decoding', () => {
    assert.throws(() => decodeRequest(new Uint8Array(39), plain), ProtocolError);
    assert.throws(() => decodeRequest(request('LOOKUP', [0]), plain), /a LOOKUP request is malformed: a name/);
  });
});
