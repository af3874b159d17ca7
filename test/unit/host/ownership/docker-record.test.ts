import assert from 'node:assert/strict';
import { parseDockerRecord } from '../../../../host/ownership/docker-record.js';
import { Has, OwnerRecord } from '../../../../host/ownership/record.js';

function parse(text: string) {
  const bytes = new TextEncoder().encode(`[${text}]`);
  const record = new OwnerRecord();
  record.setUid(7);
  const known = parseDockerRecord(bytes, 1, bytes.length - 2, record);
  return { known, has: record.has, uid: record.uid, gid: record.gid, mode: record.mode };
}

const { UID, GID, MODE } = Has;

describe("Docker Desktop's ownership record", () => {
  const good: [text: string, has: number, uid: number, gid: number, mode: number][] = [
    ['{"UID":501,"GID":20,"mode":644}', UID | GID | MODE, 501, 20, 0o644],
    ['{"UID":501,"GID":20}', UID | GID, 501, 20, 0],
    ['{"UID":-1,"GID":-1,"mode":-1}', 0, 0, 0, 0],
    ['{"UID":-1,"GID":20,"mode":755}', GID | MODE, 0, 20, 0o755],
    ['{ "mode" : 4755, "GID" : 0, "UID" : 0 }', UID | GID | MODE, 0, 0, 0o4755],
    ['{"UID":0,"GID":0,"mode":0}', UID | GID | MODE, 0, 0, 0],
    ['{"UID":1,"GID":2,"mode":644,"new":"thing"}', UID | GID | MODE, 1, 2, 0o644],
    ['{}', 0, 0, 0, 0],
  ];
  for (const [text, has, uid, gid, mode] of good) {
    it(text, () => assert.deepEqual(parse(text), { known: true, has, uid, gid, mode }));
  }

  const bad = [
    '',
    '{',
    'null',
    '[501,20]',
    '"501:20"',
    '{"UID":"501"}',
    '{"UID":-2}',
    '{"UID":4294967295}',
    '{"GID":1.5}',
    '{"mode":648}',
    '{"mode":77777}',
    '{"mode":null}',
  ];
  for (const text of bad) {
    it(`refuses ${JSON.stringify(text)}`, () =>
      assert.deepEqual(parse(text), { known: false, has: 0, uid: 0, gid: 0, mode: 0 }));
  }

  it('reads from shared memory', () => {
    const memory = new Uint8Array(new SharedArrayBuffer(64));
    const bytes = new TextEncoder().encode('{"UID":501}');
    memory.set(bytes);
    const record = new OwnerRecord();
    assert.equal(parseDockerRecord(memory, 0, bytes.length, record), true);
    assert.equal(record.uid, 501);
  });
});
