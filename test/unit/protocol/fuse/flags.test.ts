import assert from 'node:assert/strict';
import { hasInitFlag, InitFlag, initFlagNames, initFlagWords } from '../../../../protocol/fuse/flags.js';

describe('protocol/fuse/flags', () => {
  it('numbers 43 INIT flags without a gap', () => {
    assert.deepEqual(
      Object.values(InitFlag),
      Array.from({ length: 43 }, (_, bit) => bit),
    );
  });

  it('puts bits into two unsigned words and finds them there', () => {
    const bits = [InitFlag.FUSE_ASYNC_READ, InitFlag.FUSE_INIT_RESERVED, InitFlag.FUSE_SECURITY_CTX, 63];
    const { flags, flags2 } = initFlagWords(bits);
    assert.equal(flags, 0x80000001);
    assert.equal(flags2, 0x80000001);
    for (let bit = 0; bit < 64; bit++) assert.equal(hasInitFlag(flags, flags2, bit), bits.includes(bit), `${bit}`);
  });

  it('names the bits that are set', () => {
    assert.deepEqual(initFlagNames(0x40000001, 0x400), ['FUSE_ASYNC_READ', 'FUSE_INIT_EXT', 'FUSE_REQUEST_TIMEOUT']);
    assert.deepEqual(initFlagNames(0, 0x80000000), ['bit 63']);
    assert.deepEqual(initFlagNames(0, 0), []);
  });
});
