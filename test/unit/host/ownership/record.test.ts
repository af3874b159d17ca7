import assert from 'node:assert/strict';
import { formatRecord, Has, OwnerRecord, parseRecord, recordText } from '../../../../host/ownership/record.js';

const { UID, GID, MODE, TIED } = Has;

function parse(text: string): OwnerRecord | undefined {
  const bytes = new TextEncoder().encode(`??${text}?`);
  const record = new OwnerRecord();
  record.setUid(7);
  return parseRecord(bytes, 2, bytes.length - 3, record) ? record : undefined;
}

function plain(record: OwnerRecord | undefined) {
  return record && { has: record.has, uid: record.uid, gid: record.gid, mode: record.mode };
}

describe('ownership record: reading', () => {
  const cases: [text: string, expected: { has: number; uid: number; gid: number; mode: number }][] = [
    ['0:0:0755', { has: UID | GID | MODE, uid: 0, gid: 0, mode: 0o755 }],
    ['1000:1001:0644', { has: UID | GID | MODE, uid: 1000, gid: 1001, mode: 0o644 }],
    ['1000:1001:644', { has: UID | GID | MODE, uid: 1000, gid: 1001, mode: 0o644 }],
    ['x:x:x', { has: 0, uid: 0, gid: 0, mode: 0 }],
    ['5:x:x', { has: UID, uid: 5, gid: 0, mode: 0 }],
    ['x:6:x', { has: GID, uid: 0, gid: 6, mode: 0 }],
    ['x:x:0700', { has: MODE, uid: 0, gid: 0, mode: 0o700 }],
    ['4294967294:4294967294:x', { has: UID | GID, uid: 4294967294, gid: 4294967294, mode: 0 }],
    ['0:0:04755', { has: UID | GID | MODE, uid: 0, gid: 0, mode: 0o4755 }],
    ['0:0:00', { has: UID | GID | MODE, uid: 0, gid: 0, mode: 0 }],
    // tied: two zeros, four digits
    ['0:0:002755', { has: UID | GID | MODE | TIED, uid: 0, gid: 0, mode: 0o2755 }],
    ['x:x:000000', { has: MODE | TIED, uid: 0, gid: 0, mode: 0 }],
    // with S_IFMT, as hypervisor file servers write it
    ['65532:65532:041750', { has: UID | GID | MODE, uid: 65532, gid: 65532, mode: 0o1750 }],
    ['0:0:0100640', { has: UID | GID | MODE, uid: 0, gid: 0, mode: 0o640 }],
    ['0:0:0120777', { has: UID | GID | MODE, uid: 0, gid: 0, mode: 0o777 }],
    // with the type, as containers/storage writes it
    ['1:2:0755:dir', { has: UID | GID | MODE, uid: 1, gid: 2, mode: 0o755 }],
    ['1:2:0600:block-8-1', { has: UID | GID | MODE, uid: 1, gid: 2, mode: 0o600 }],
    ['1:2:0600:', { has: UID | GID | MODE, uid: 1, gid: 2, mode: 0o600 }],
  ];
  for (const [text, expected] of cases) {
    it(text, () => assert.deepEqual(plain(parse(text)), expected));
  }
});

describe('ownership record: refused', () => {
  const cases = [
    '',
    ':',
    '::',
    '0',
    '0:0',
    '0:0:',
    ':0:0644',
    '0::0644',
    '-1:0:0644',
    '+1:0:0644',
    ' 1:0:0644',
    '1:0:0644\n',
    '1:0:0644\0',
    'X:0:0644',
    'xx:0:0644',
    '0:0:0648',
    '0:0:0x1ff',
    '0:0:0200000',
    '4294967295:0:0644',
    '0:4294967295:0644',
    '0:99999999999999999999:0644',
    'root:root:0644',
    '1,0,0644',
    `${'0'.repeat(95)}1:0:0644`,
  ];
  for (const text of cases) {
    it(JSON.stringify(text), () => {
      const bytes = new TextEncoder().encode(text);
      const record = new OwnerRecord();
      record.setUid(7);
      assert.equal(parseRecord(bytes, 0, bytes.length, record), false);
      assert.deepEqual(plain(record), { has: 0, uid: 0, gid: 0, mode: 0 });
    });
  }
});

describe('ownership record: writing', () => {
  const make = (change: (record: OwnerRecord) => void): OwnerRecord => {
    const record = new OwnerRecord();
    change(record);
    return record;
  };
  const cases: [text: string, record: OwnerRecord][] = [
    ['x:x:x', make(() => {})],
    ['0:x:x', make((r) => r.setUid(0))],
    ['x:0:x', make((r) => r.setGid(0))],
    ['x:x:002755', make((r) => r.tieMode(0o2755))],
    ['x:x:000070', make((r) => r.tieMode(0o70))],
    [
      '4294967294:20:x',
      make((r) => {
        r.setUid(4294967294);
        r.setGid(20);
      }),
    ],
    [
      '1:x:x',
      make((r) => {
        r.setUid(1);
        r.tieMode(0o4755);
        r.dropMode();
      }),
    ],
  ];
  for (const [text, record] of cases) {
    it(text, () => {
      const memory = new Uint8Array(128).fill(0x3f);
      const length = formatRecord(record, memory, 8);
      assert.equal(Buffer.from(memory.subarray(8, 8 + length)).toString(), text);
      assert.equal(memory[8 + length], 0x3f, 'writes no more than it says');
      assert.deepEqual(plain(parse(text)), plain(record), 'reads back the same');
    });
  }

  it('keeps a mode of others in their spelling, with special bits, without the type', () => {
    assert.equal(recordText(parse('1:2:0755:dir') as OwnerRecord), '1:2:0755');
    assert.equal(recordText(parse('1:2:04755') as OwnerRecord), '1:2:04755');
  });
});

describe('ownership record: permissions the guest sees', () => {
  const cases: [text: string, host: number, seen: number, why: string][] = [
    ['1:1:x', 0o100644, 0o644, 'no mode part: the host inode'],
    ['1:1:0755', 0o100600, 0o755, 'written by others: the recorded one'],
    ['1:1:002755', 0o100755, 0o2755, 'tied, same rwx: recorded bits'],
    ['1:1:002755', 0o100700, 0o700, 'tied, but somebody changed the mode on the host: the host inode'],
    ['1:1:000755', 0o104755, 0o755, 'tied, a bit that the host would not let go: recorded bits'],
  ];
  for (const [text, host, seen, why] of cases) {
    it(why, () => assert.equal((parse(text) as OwnerRecord).permissions(host), seen));
  }
});
