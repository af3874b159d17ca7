import assert from 'node:assert/strict';
import { fromEscapes } from '../../protocol/bytes.js';
import { decodeRequest } from '../../protocol/fuse/decode.js';
import { Opcode, type OpcodeName } from '../../protocol/fuse/opcodes.js';
import { checkRequest, requestLayouts } from '../../protocol/fuse/requests.js';
import { compareWithMirror } from './against-mirror.js';
import { type Fixture, readFixtures } from './fixture.js';

/** Operations that the kernel sends to file systems of another kind only (DAX windows). */
const WITHOUT_FIXTURE: readonly string[] = ['SETUPMAPPING', 'REMOVEMAPPING'];

const fixtures = readFixtures('requests');

function optionsOf(fixture: Fixture): { setxattrExt: boolean } {
  return { setxattrExt: fixture.words.includes('setxattr-ext') };
}

function check(message: Uint8Array, fixture: Fixture): 0 | string {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const opcode = message.length >= 8 ? view.getUint32(4, true) : 0;
  return checkRequest(view, 0, message.length, opcode, optionsOf(fixture));
}

describe('wire: requests', () => {
  it('has a fixture for every operation', () => {
    const missing = Object.keys(Opcode).filter((name) => !fixtures.some((fixture) => fixture.operation === name));
    assert.deepEqual(missing, WITHOUT_FIXTURE);
  });

  for (const fixture of fixtures) {
    it(`${fixture.file}: means what the mirror says`, () => {
      const opcode = Opcode[fixture.operation as OpcodeName];
      const layout = requestLayouts[opcode]!;
      const seen = compareWithMirror(fixture);
      assert.equal(seen[0], 'fuse_in_header');
      assert.equal(seen[1], layout.fixed?.name ?? (layout.extensions ? seen[1] : undefined));
    });

    it(`${fixture.file}: decodes`, () => {
      assert.equal(check(fixture.message, fixture), 0);
      const decoded = decodeRequest(fixture.message, optionsOf(fixture));
      const texts = (key: string) =>
        fixture.lines.filter((line) => line.key === key).map((line) => Uint8Array.from(fromEscapes(line.value)));
      assert.equal(decoded.name, fixture.operation);
      assert.deepEqual(
        decoded.names.map((name) => Uint8Array.from(name)),
        texts('name'),
      );
      assert.deepEqual(
        decoded.bytes === undefined ? [] : [Uint8Array.from(decoded.bytes)].filter((b) => b.length > 0),
        texts('bytes'),
      );
      assert.equal(decoded.items.length, fixture.lines.filter((line) => line.key === 'fuse_forget_one.nodeid').length);
      for (const line of fixture.lines) {
        const [struct, member, ...deeper] = line.key.split('.');
        if (struct !== requestLayouts[Opcode[fixture.operation as OpcodeName]]!.fixed?.name) continue;
        if (line.value === 'zero' || deeper.length > 0) continue;
        assert.equal(BigInt(decoded.arguments[member!] as number | bigint), BigInt(line.value), line.key);
      }
    });

    it(`${fixture.file}: is refused when cut short or made longer`, () => {
      for (let length = 0; length < fixture.message.length; length++) {
        const cut = fixture.message.slice(0, length);
        assert.notEqual(check(cut, fixture), 0, `${length} bytes, length field as it was`);
        if (length < 4 || fixture.operation === 'INIT') continue;
        new DataView(cut.buffer).setUint32(0, length, true);
        assert.notEqual(check(cut, fixture), 0, `${length} bytes, length field adjusted`);
      }
      const longer = Uint8Array.of(...fixture.message, 0);
      new DataView(longer.buffer).setUint32(0, longer.length, true);
      if (fixture.operation !== 'INIT') assert.notEqual(check(longer, fixture), 0);
    });
  }
});
