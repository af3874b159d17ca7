/**
 * One vhost-user front end (QEMU) at its socket: negotiates, learns the guest's memory and rings, starts and stops them.
 * What breaks the protocol ends the connection with a sentence in the log; QEMU then goes on without the device.
 */
import type { Os } from '../../native/os.js';
import { Errno, errnoName } from '../../protocol/errno.js';
import { type Memory, PLACE } from './memory.js';
import {
  FEATURES,
  Flag,
  has,
  LONGEST,
  MESSAGE,
  offered,
  PROTOCOL_FEATURES,
  REQUESTS,
  RINGS,
  type Row,
} from './vhost-user.js';

/** Bytes of struct virtio_vsock_config: le64 guest_cid (virtio 1.x §5.10.4). */
const CONFIG_BYTES = 8;

/** What a front end's doings mean for the rest of the device. */
export interface FrontEndEvents {
  /** A ring starts or stops: connections do not outlive the stop. */
  started(): void;
  stopped(): void;
  log(level: 'info' | 'warn', text: string): void;
}

interface Ring {
  size: number;
  base: number;
  descriptors: bigint;
  used: bigint;
  available: bigint;
  addressed: boolean;
  kicked: boolean;
  enabled: boolean;
  running: boolean;
}

class Refusal extends Error {}

export class FrontEnd {
  readonly socket: number;
  readonly #os: Os;
  readonly #device: number;
  readonly #cid: number;
  readonly #memory: Memory;
  readonly #events: FrontEndEvents;
  #features = 0n;
  readonly #rings: Ring[] = Array.from({ length: RINGS }, freshRing);

  constructor(os: Os, device: number, socket: number, cid: number, memory: Memory, events: FrontEndEvents) {
    this.#os = os;
    this.#device = device;
    this.socket = socket;
    this.#cid = cid;
    this.#memory = memory;
    this.#events = events;
  }

  /** Takes the messages that are there. False: the front end is gone, or has been given up; `end` is next. */
  serve(): boolean {
    for (;;) {
      const got = this.#os.vhostReceive(this.socket, PLACE.message, LONGEST, PLACE.files);
      if (got === -Errno.EAGAIN) return true;
      if (got === 0) return false;
      if (got < 0) {
        this.#events.log('warn', `the hypervisor's message cannot be read: ${errnoName(-got)}`);
        return false;
      }
      const files = this.#takeFiles();
      try {
        this.#message(got - MESSAGE.payload, files);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        this.#events.log('warn', `the hypervisor is given up: ${error.message}`);
        return false;
      } finally {
        for (const file of files) if (file >= 0) this.#os.close(file);
      }
    }
  }

  /** Everything of it goes: rings, memory, socket. */
  end(): void {
    // Also of a ring that never ran: the next front end shall find none of the eventfds.
    for (let index = 0; index < RINGS; index++) this.#os.vhostRingStop(this.#device, index, 1);
    this.#os.vhostMemory(this.#device, PLACE.message, 0, PLACE.files);
    this.#os.vsockClose(this.#device, this.socket);
  }

  #takeFiles(): number[] {
    const { view } = this.#memory;
    const count = view.getInt32(PLACE.files, true);
    return Array.from({ length: count }, (_, at) => view.getInt32(PLACE.files + 4 + 4 * at, true));
  }

  #message(bytes: number, files: number[]): void {
    const { view } = this.#memory;
    const request = view.getUint32(PLACE.message + MESSAGE.request, true);
    const flags = view.getUint32(PLACE.message + MESSAGE.flags, true);
    if ((flags & Flag.VERSION_MASK) !== Flag.VERSION) throw new Refusal('it speaks another version of vhost-user');
    const row = REQUESTS.get(request);
    let status = 1n;
    if (row === undefined) {
      this.#events.log('info', `the hypervisor's request ${request} is not one of ours`);
    } else {
      if (bytes < row.bytes || bytes > (row.to ?? row.bytes) || files.length > (row.files ?? 0)) {
        throw new Refusal(`its ${row.name} has ${bytes} bytes and ${files.length} descriptors`);
      }
      const result = this.#handle(row, bytes, files);
      if (row.answers === true) {
        this.#answer(request, result as Uint8Array);
        return;
      }
      status = (result as number) < 0 ? BigInt(-(result as number)) : 0n;
      if (status !== 0n) this.#events.log('warn', `${row.name} of the hypervisor fails: ${errnoName(Number(status))}`);
    }
    if ((flags & Flag.NEED_REPLY) !== 0) this.#answer(request, u64(status));
    else if (status !== 0n && row !== undefined) throw new Refusal(`without ${row.name} the device cannot go on`);
  }

  /** Does what a request asks for: its answer, or 0 or -errno. Descriptors that are taken become -1. */
  #handle(row: Row, bytes: number, files: number[]): Uint8Array | number {
    const { view } = this.#memory;
    const at = PLACE.message + MESSAGE.payload;
    switch (row.name) {
      case 'GET_FEATURES':
        return u64(offered(FEATURES));
      case 'SET_FEATURES': {
        const wanted = view.getBigUint64(at, true);
        if ((wanted & ~offered(FEATURES)) !== 0n) return -Errno.EOPNOTSUPP;
        this.#features = wanted;
        return 0;
      }
      case 'GET_PROTOCOL_FEATURES':
        return u64(offered(PROTOCOL_FEATURES));
      case 'SET_PROTOCOL_FEATURES':
        return (view.getBigUint64(at, true) & ~offered(PROTOCOL_FEATURES)) === 0n ? 0 : -Errno.EOPNOTSUPP;
      case 'GET_QUEUE_NUM':
        return u64(BigInt(RINGS));
      case 'SET_OWNER':
        return 0;
      case 'RESET_OWNER':
      case 'RESET_DEVICE':
        for (let index = 0; index < RINGS; index++) this.#stop(index);
        return 0;
      case 'SET_MEM_TABLE':
        return this.#setMemory(at, bytes, files);
      case 'GET_CONFIG':
        return this.#config(at, bytes);
      case 'SET_CONFIG':
        return -Errno.EPERM;
      default:
        return this.#ringMessage(row, at, files);
    }
  }

  #setMemory(at: number, bytes: number, files: readonly number[]): number {
    const { view } = this.#memory;
    const count = view.getUint32(at, true);
    if (count !== files.length || bytes !== 8 + 32 * count) return -Errno.EINVAL;
    // The descriptors are closed by the caller: a mapping does not need them.
    return this.#os.vhostMemory(this.#device, at + 8, count, PLACE.files + 4);
  }

  #config(at: number, bytes: number): Uint8Array {
    const { view } = this.#memory;
    const offset = view.getUint32(at, true);
    const size = view.getUint32(at + 4, true);
    const answer = this.#memory.bytes.slice(at, at + bytes);
    // An answer without a payload says that this part of the configuration does not exist.
    if (size !== bytes - 12 || offset + size > CONFIG_BYTES) return new Uint8Array();
    answer.set(u64(BigInt(this.#cid)).subarray(offset, offset + size), 12);
    return answer;
  }

  #ringMessage(row: Row, at: number, files: number[]): Uint8Array | number {
    const { view } = this.#memory;
    // KICK, CALL and ERR have a u64: the ring's number, and bit 8 for "without a descriptor".
    const index = row.files === undefined ? view.getUint32(at, true) : view.getUint8(at);
    const ring = this.#rings[index];
    if (ring === undefined) throw new Refusal(`its ${row.name} is for ring ${index}, there are ${RINGS}`);
    const value = view.getUint32(at + 4, true);
    switch (row.name) {
      case 'SET_VRING_NUM':
        ring.size = value;
        return 0;
      case 'SET_VRING_BASE':
        ring.base = value;
        return 0;
      case 'SET_VRING_ADDR':
        ring.descriptors = view.getBigUint64(at + 8, true);
        ring.used = view.getBigUint64(at + 16, true);
        ring.available = view.getBigUint64(at + 24, true);
        ring.addressed = true;
        return ring.running ? this.#move(index) : 0;
      case 'GET_VRING_BASE': {
        const base = this.#stop(index);
        const answer = new Uint8Array(8);
        new DataView(answer.buffer).setUint32(0, index, true);
        new DataView(answer.buffer).setUint32(4, base, true);
        return answer;
      }
      case 'SET_VRING_ENABLE':
        ring.enabled = value !== 0;
        return ring.enabled ? this.#startIfReady(index) : this.#pause(index);
      case 'SET_VRING_KICK': {
        // "No descriptor" asks for polling.
        if (files.length === 0) return -Errno.EOPNOTSUPP;
        const kicked = this.#os.vhostRingKick(this.#device, index, take(files));
        ring.kicked = true;
        return kicked < 0 ? kicked : this.#startIfReady(index);
      }
      case 'SET_VRING_CALL':
        return this.#os.vhostRingCall(this.#device, index, take(files));
      default:
        return 0;
    }
  }

  /** A ring starts with its kick descriptor; with protocol features negotiated it is disabled until it is enabled. */
  #startIfReady(index: number): number {
    const ring = this.#rings[index];
    const enabled = ring.enabled || !has(this.#features, 'VHOST_USER_F_PROTOCOL_FEATURES');
    return ring.addressed && ring.kicked && enabled && !ring.running ? this.#start(index) : 0;
  }

  #start(index: number): number {
    const started = this.#run(index);
    if (started === 0 && this.#rings.every((each) => each.running)) this.#events.started();
    return started;
  }

  /** A running ring is somewhere else from now on: it goes on there from where it was, not from its base of then. */
  #move(index: number): number {
    this.#pause(index);
    return this.#run(index);
  }

  #run(index: number): number {
    const { view } = this.#memory;
    const ring = this.#rings[index];
    view.setBigUint64(PLACE.ring, ring.descriptors, true);
    view.setBigUint64(PLACE.ring + 8, ring.available, true);
    view.setBigUint64(PLACE.ring + 16, ring.used, true);
    view.setUint32(PLACE.ring + 24, ring.size, true);
    view.setUint32(PLACE.ring + 28, ring.base, true);
    const events = has(this.#features, 'VIRTIO_F_EVENT_IDX') ? 1 : 0;
    const indirect = has(this.#features, 'VIRTIO_F_INDIRECT_DESC') ? 1 : 0;
    const started = this.#os.vhostRingStart(this.#device, index, PLACE.ring, events, indirect);
    if (started < 0) return started;
    ring.running = true;
    return 0;
  }

  /** Stops a ring for good: what it was told is forgotten. Result: where its next start has to go on. */
  #stop(index: number): number {
    const ring = this.#rings[index];
    if (!ring.running && !ring.kicked) return ring.base;
    const running = ring.running;
    const base = this.#os.vhostRingStop(this.#device, index, 1);
    const next = running && base >= 0 ? base : ring.base;
    this.#rings[index] = { ...freshRing(), base: next };
    // Also where it was disabled before: QEMU does that first when the guest is reset.
    this.#events.stopped();
    return next;
  }

  /** A disabled ring is looked at no more; that it goes on from where it was is all that is kept. */
  #pause(index: number): number {
    const ring = this.#rings[index];
    if (!ring.running) return 0;
    ring.running = false;
    const base = this.#os.vhostRingStop(this.#device, index, 0);
    if (base >= 0) ring.base = base;
    return 0;
  }

  #answer(request: number, payload: Uint8Array): void {
    const { view, bytes } = this.#memory;
    view.setUint32(PLACE.message + MESSAGE.request, request, true);
    view.setUint32(PLACE.message + MESSAGE.flags, Flag.VERSION | Flag.REPLY, true);
    view.setUint32(PLACE.message + MESSAGE.size, payload.length, true);
    bytes.set(payload, PLACE.message + MESSAGE.payload);
    const sent = this.#os.vhostSend(this.socket, PLACE.message, MESSAGE.payload + payload.length);
    if (sent < 0) throw new Refusal(`it does not take answers: ${errnoName(-sent)}`);
  }
}

function freshRing(): Ring {
  return {
    size: 0,
    base: 0,
    descriptors: 0n,
    used: 0n,
    available: 0n,
    addressed: false,
    kicked: false,
    enabled: false,
    running: false,
  };
}

function u64(value: bigint): Uint8Array {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, value, true);
  return out;
}

/** The only descriptor, owned by whoever took it; -1 if there is none. */
function take(files: number[]): number {
  const file = files[0] ?? -1;
  files[0] = -1;
  return file;
}
