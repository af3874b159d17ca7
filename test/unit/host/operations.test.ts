import assert from 'node:assert/strict';
import { operations } from '../../../host/operations.js';
import { Opcode } from '../../../protocol/fuse/opcodes.js';

describe('the operation table', () => {
  it('has a row for every opcode of the protocol: handled, the data lane’s, or refused with a reason', () => {
    for (const [name, opcode] of Object.entries(Opcode)) {
      const row = operations[opcode];
      assert.ok(row, `${name} has no row`);
      assert.equal(row.name, name);
      const kinds = [row.handle !== undefined, row.data === true, row.refused !== undefined].filter(Boolean);
      assert.equal(kinds.length, 1, `${name} must be exactly one of handled, data, refused`);
      if (row.refused) assert.ok(row.refused.reason.length > 10, name);
    }
  });

  it('marks every operation that changes the share', () => {
    const changing = operations.filter((row) => row?.changes).map((row) => row?.name);
    assert.deepEqual(changing.sort(), [
      'COPY_FILE_RANGE',
      'COPY_FILE_RANGE_64',
      'CREATE',
      'FALLOCATE',
      'LINK',
      'MKDIR',
      'MKNOD',
      'REMOVEXATTR',
      'RENAME',
      'RENAME2',
      'RMDIR',
      'SETATTR',
      'SETXATTR',
      'SYMLINK',
      'TMPFILE',
      'UNLINK',
      'WRITE',
    ]);
  });
});
