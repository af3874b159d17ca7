/** The header of a packet: the offsets are those of the kernel's struct, and every field survives the way. */
import assert from 'node:assert/strict';
import { emptyHeader, HEADER, NO_CID, readHeader, writeHeader } from '../../../../vm/vsock/packet.js';

const HEX = [
  '0300000000000000', // src_cid 3
  '0200000000000000', // dst_cid 2
  '88130000', // src_port 5000
  '736f0000', // dst_port 0x6f73
  '10000000', // len 16
  '0100', // type stream
  '0500', // op RW
  '00000000', // flags
  '00000400', // buf_alloc 262144
  '0700feff', // fwd_cnt 0xfffe0007
].join('');

const FIELDS = {
  srcCid: 3,
  dstCid: 2,
  srcPort: 5000,
  dstPort: 0x6f73,
  length: 16,
  type: 1,
  op: 5,
  flags: 0,
  bufAlloc: 262_144,
  fwdCnt: 0xfffe_0007,
};

describe('vsock packet header', () => {
  it('reads what the specification lays out, at any place', () => {
    const bytes = Buffer.concat([Buffer.alloc(3), Buffer.from(HEX, 'hex')]);
    assert.equal(bytes.length - 3, HEADER.size);
    const out = emptyHeader();
    readHeader(new DataView(bytes.buffer, bytes.byteOffset), 3, out);
    assert.deepEqual(out, FIELDS);
  });

  it('writes the same bytes, over whatever was there', () => {
    const bytes = Buffer.alloc(HEADER.size, 0xff);
    writeHeader(new DataView(bytes.buffer, bytes.byteOffset), 0, FIELDS);
    assert.equal(bytes.toString('hex'), HEX);
  });

  it("a CID of more than 32 bits is nobody's", () => {
    const bytes = Buffer.from(HEX, 'hex');
    bytes[7] = 1;
    const out = emptyHeader();
    readHeader(new DataView(bytes.buffer, bytes.byteOffset), 0, out);
    assert.equal(out.srcCid, NO_CID);
  });
});
