/**
 * The header of a virtio-vsock packet: struct virtio_vsock_hdr of `<linux/virtio_vsock.h>`, virtio 1.x §5.10.6, 44 bytes,
 * little-endian. CIDs are 64 bits wide on the wire and 32 in use (§5.10.4: the upper half is reserved, zero).
 */
export const HEADER = {
  size: 44,
  srcCid: 0,
  dstCid: 8,
  srcPort: 16,
  dstPort: 20,
  length: 24,
  type: 28,
  op: 30,
  flags: 32,
  bufAlloc: 36,
  fwdCnt: 40,
} as const;

/** VIRTIO_VSOCK_OP_… */
export const Op = {
  INVALID: 0,
  REQUEST: 1,
  RESPONSE: 2,
  RST: 3,
  SHUTDOWN: 4,
  RW: 5,
  CREDIT_UPDATE: 6,
  CREDIT_REQUEST: 7,
} as const;

/** VIRTIO_VSOCK_TYPE_STREAM: the only one that we offer. */
export const TYPE_STREAM = 1;

/** VIRTIO_VSOCK_SHUTDOWN_…: what the sender will no longer do. */
export const Shut = { RECEIVE: 1, SEND: 2, BOTH: 3 } as const;

/** VMADDR_CID_HOST */
export const HOST_CID = 2;

export interface Header {
  srcCid: number;
  dstCid: number;
  srcPort: number;
  dstPort: number;
  length: number;
  type: number;
  op: number;
  flags: number;
  bufAlloc: number;
  fwdCnt: number;
}

export function emptyHeader(): Header {
  return {
    srcCid: 0,
    dstCid: 0,
    srcPort: 0,
    dstPort: 0,
    length: 0,
    type: 0,
    op: 0,
    flags: 0,
    bufAlloc: 0,
    fwdCnt: 0,
  };
}

/** Reads the header at `at` into `out`. A CID beyond 32 bits becomes {@link NO_CID}, which nobody has. */
export function readHeader(view: DataView, at: number, out: Header): void {
  out.srcCid = readCid(view, at + HEADER.srcCid);
  out.dstCid = readCid(view, at + HEADER.dstCid);
  out.srcPort = view.getUint32(at + HEADER.srcPort, true);
  out.dstPort = view.getUint32(at + HEADER.dstPort, true);
  out.length = view.getUint32(at + HEADER.length, true);
  out.type = view.getUint16(at + HEADER.type, true);
  out.op = view.getUint16(at + HEADER.op, true);
  out.flags = view.getUint32(at + HEADER.flags, true);
  out.bufAlloc = view.getUint32(at + HEADER.bufAlloc, true);
  out.fwdCnt = view.getUint32(at + HEADER.fwdCnt, true);
}

export function writeHeader(view: DataView, at: number, header: Readonly<Header>): void {
  view.setUint32(at + HEADER.srcCid, header.srcCid, true);
  view.setUint32(at + HEADER.srcCid + 4, 0, true);
  view.setUint32(at + HEADER.dstCid, header.dstCid, true);
  view.setUint32(at + HEADER.dstCid + 4, 0, true);
  view.setUint32(at + HEADER.srcPort, header.srcPort, true);
  view.setUint32(at + HEADER.dstPort, header.dstPort, true);
  view.setUint32(at + HEADER.length, header.length, true);
  view.setUint16(at + HEADER.type, header.type, true);
  view.setUint16(at + HEADER.op, header.op, true);
  view.setUint32(at + HEADER.flags, header.flags, true);
  view.setUint32(at + HEADER.bufAlloc, header.bufAlloc, true);
  view.setUint32(at + HEADER.fwdCnt, header.fwdCnt, true);
}

/** VMADDR_CID_ANY, which no packet may carry. */
export const NO_CID = 0xffff_ffff;

function readCid(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) === 0 ? view.getUint32(at, true) : NO_CID;
}
