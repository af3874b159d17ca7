import assert from 'node:assert/strict';
import { CUSE_INIT, Notify, notifyName, OPCODE_MAX, Opcode, opcodeName } from '../../../../protocol/fuse/opcodes.js';

describe('protocol/fuse/opcodes', () => {
  it('has 51 operations, up to 53', () => {
    assert.equal(Object.keys(Opcode).length, 51);
    assert.equal(Math.max(...Object.values(Opcode)), OPCODE_MAX);
    assert.equal(new Set(Object.values(Opcode)).size, 51);
  });

  it('names them', () => {
    assert.equal(opcodeName(Opcode.READDIRPLUS), 'READDIRPLUS');
    assert.equal(opcodeName(CUSE_INIT), 'CUSE_INIT');
    assert.equal(opcodeName(7), 'OPCODE_7');
  });

  it('names notifications', () => {
    assert.equal(notifyName(Notify.INVAL_ENTRY), 'INVAL_ENTRY');
    assert.equal(notifyName(99), 'NOTIFY_99');
  });
});
