/**
 * The vhost-user protocol as far as a vsock device needs it: QEMU's docs/interop/vhost-user.rst. A message is u32 request,
 * u32 flags, u32 size, payload; numbers are little-endian here, as on the machines that this runs on.
 */
export const MESSAGE = { request: 0, flags: 4, size: 8, payload: 12 } as const;

/** `flags`: two bits of version, then the bits. */
export const Flag = { VERSION_MASK: 3, VERSION: 1, REPLY: 4, NEED_REPLY: 8 } as const;

export const Request = {
  GET_FEATURES: 1,
  SET_FEATURES: 2,
  SET_OWNER: 3,
  RESET_OWNER: 4,
  SET_MEM_TABLE: 5,
  SET_VRING_NUM: 8,
  SET_VRING_ADDR: 9,
  SET_VRING_BASE: 10,
  GET_VRING_BASE: 11,
  SET_VRING_KICK: 12,
  SET_VRING_CALL: 13,
  SET_VRING_ERR: 14,
  GET_PROTOCOL_FEATURES: 15,
  SET_PROTOCOL_FEATURES: 16,
  GET_QUEUE_NUM: 17,
  SET_VRING_ENABLE: 18,
  GET_CONFIG: 24,
  SET_CONFIG: 25,
  RESET_DEVICE: 34,
} as const;

export type RequestName = keyof typeof Request;

/**
 * One row per request: bytes of its payload (`to` where it varies), descriptors it may carry, and whether it has an answer
 * of its own (others are answered with a status where NEED_REPLY asks for it). A request without a row is refused.
 */
export interface Row {
  readonly name: RequestName;
  readonly bytes: number;
  readonly to?: number;
  readonly files?: number;
  readonly answers?: true;
}

const ROWS: readonly Row[] = [
  { name: 'GET_FEATURES', bytes: 0, answers: true },
  { name: 'SET_FEATURES', bytes: 8 },
  { name: 'SET_OWNER', bytes: 0 },
  { name: 'RESET_OWNER', bytes: 0 },
  { name: 'SET_MEM_TABLE', bytes: 8, to: 8 + 8 * 32, files: 8 },
  { name: 'SET_VRING_NUM', bytes: 8 },
  { name: 'SET_VRING_ADDR', bytes: 40 },
  { name: 'SET_VRING_BASE', bytes: 8 },
  { name: 'GET_VRING_BASE', bytes: 8, answers: true },
  { name: 'SET_VRING_KICK', bytes: 8, files: 1 },
  { name: 'SET_VRING_CALL', bytes: 8, files: 1 },
  { name: 'SET_VRING_ERR', bytes: 8, files: 1 },
  { name: 'GET_PROTOCOL_FEATURES', bytes: 0, answers: true },
  { name: 'SET_PROTOCOL_FEATURES', bytes: 8 },
  { name: 'GET_QUEUE_NUM', bytes: 0, answers: true },
  { name: 'SET_VRING_ENABLE', bytes: 8 },
  { name: 'GET_CONFIG', bytes: 12, to: 12 + 256, answers: true },
  { name: 'SET_CONFIG', bytes: 12, to: 12 + 256 },
  { name: 'RESET_DEVICE', bytes: 0 },
];

export const REQUESTS: ReadonlyMap<number, Row> = new Map(ROWS.map((row) => [Request[row.name], row]));

/** Bytes of the longest message that a row allows. */
export const LONGEST = MESSAGE.payload + Math.max(...ROWS.map((row) => row.to ?? row.bytes));

export interface Feature {
  readonly bit: number;
  readonly name: string;
  /** why it is offered, or why it is not */
  readonly why: string;
  readonly offered: boolean;
}

/** Features of the device (virtio 1.x §6) and of the back end. What has no row here is not offered. */
export const FEATURES: readonly Feature[] = [
  { bit: 1, name: 'VIRTIO_VSOCK_F_SEQPACKET', offered: false, why: 'osmofs speaks streams' },
  { bit: 26, name: 'VHOST_F_LOG_ALL', offered: false, why: 'no migration' },
  { bit: 28, name: 'VIRTIO_F_INDIRECT_DESC', offered: true, why: 'a packet takes one descriptor of the ring' },
  { bit: 29, name: 'VIRTIO_F_EVENT_IDX', offered: true, why: 'no kick and no interrupt while the other side looks' },
  { bit: 30, name: 'VHOST_USER_F_PROTOCOL_FEATURES', offered: true, why: 'the features below' },
  { bit: 32, name: 'VIRTIO_F_VERSION_1', offered: true, why: 'virtio 1.x only' },
  { bit: 34, name: 'VIRTIO_F_RING_PACKED', offered: false, why: 'split rings are enough' },
];

/** VHOST_USER_PROTOCOL_F_… */
export const PROTOCOL_FEATURES: readonly Feature[] = [
  { bit: 0, name: 'MQ', offered: true, why: 'the front end asks how many rings there are' },
  { bit: 3, name: 'REPLY_ACK', offered: true, why: 'a refused memory table is said, not guessed' },
  { bit: 5, name: 'BACKEND_REQ', offered: false, why: 'the device never asks the front end' },
  { bit: 9, name: 'CONFIG', offered: true, why: 'the CID is in the configuration space' },
  { bit: 12, name: 'INFLIGHT_SHMFD', offered: false, why: 'a device that ends takes its connections along' },
  { bit: 13, name: 'RESET_DEVICE', offered: false, why: 'stopping the rings does the same' },
];

export function offered(features: readonly Feature[]): bigint {
  return features.reduce((bits, each) => (each.offered ? bits | (1n << BigInt(each.bit)) : bits), 0n);
}

export function has(bits: bigint, name: string): boolean {
  const feature = [...FEATURES, ...PROTOCOL_FEATURES].find((each) => each.name === name);
  return feature !== undefined && (bits & (1n << BigInt(feature.bit))) !== 0n;
}

/** Rings that the back end serves: receive and transmit. The event queue is the front end's own. */
export const RINGS = 2;

/** What a front end does is outside the protocol: it is given up, with this sentence in the log. */
export class Refusal extends Error {}

export function u64(value: bigint): Uint8Array {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, value, true);
  return out;
}
