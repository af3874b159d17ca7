import assert from 'node:assert/strict';
import { toEscapes } from '../../protocol/bytes.js';
import { direntAt, direntplusAt, FUSE_NAME_OFFSET, MALFORMED } from '../../protocol/fuse/dirent.js';
import { Notify, type NotifyName, notifyName, Opcode } from '../../protocol/fuse/opcodes.js';
import { fuse_dirent, fuse_direntplus, fuse_out_header } from '../../protocol/fuse/structs.js';
import { compareWithMirror } from './against-mirror.js';
import { type Fixture, readFixtures } from './fixture.js';

function viewOf(fixture: Fixture): DataView {
  return new DataView(fixture.message.buffer, fixture.message.byteOffset, fixture.message.byteLength);
}

describe('wire: replies', () => {
  for (const fixture of readFixtures('replies')) {
    it(`${fixture.file}: means what the mirror says`, () => {
      assert.ok(fixture.operation in Opcode);
      assert.equal(compareWithMirror(fixture)[0], 'fuse_out_header');
      assert.equal(viewOf(fixture).getUint32(fuse_out_header.at.len, true), fixture.message.length);
    });
  }

  it('walks the records of READDIR and READDIRPLUS', () => {
    for (const [file, walk, direntOffset] of [
      ['readdir.hex', direntAt, 0],
      ['readdirplus.hex', direntplusAt, fuse_direntplus.at.dirent],
    ] as const) {
      const fixture = readFixtures('replies').find((each) => each.file === file)!;
      const names: string[] = [];
      const { message } = fixture;
      let at = fuse_out_header.size;
      let size = walk(message, at, message.length);
      for (; size > 0; size = walk(message, at, message.length)) {
        const name = at + direntOffset + FUSE_NAME_OFFSET;
        const length = viewOf(fixture).getUint32(at + direntOffset + fuse_dirent.at.namelen, true);
        names.push(toEscapes(message.subarray(name, name + length)));
        at += size;
      }
      assert.notEqual(size, MALFORMED);
      assert.deepEqual(names, ['.', '..', 'Zoë\\xff', 'fifo', 'hard', 'sym']);
    }
  });
});

describe('wire: notifications', () => {
  const fixtures = readFixtures('notifications');

  it('has a fixture for every code', () => {
    assert.deepEqual(fixtures.map((fixture) => fixture.operation).sort(), Object.keys(Notify).sort());
  });

  for (const fixture of fixtures) {
    it(`${fixture.file}: means what the mirror says`, () => {
      assert.equal(compareWithMirror(fixture)[0], 'fuse_out_header');
      const view = viewOf(fixture);
      const code = view.getInt32(fuse_out_header.at.error, true);
      assert.equal(code, Notify[fixture.operation as NotifyName]);
      assert.equal(notifyName(code), fixture.operation);
      assert.equal(view.getBigUint64(fuse_out_header.at.unique, true), 0n);
      assert.equal(view.getUint32(fuse_out_header.at.len, true), fixture.message.length);
    });
  }
});
