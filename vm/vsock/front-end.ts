/**
 * One vhost-user front end (QEMU) at its socket: negotiates, learns the guest's memory; its rings are rings.ts.
 * What breaks the protocol ends the connection with a sentence in the log; QEMU then goes on without the device.
 */
import type { Os } from '../../native/os.js';
import { Errno, errnoName } from '../../protocol/errno.js';
import { type Memory, PLACE } from './memory.js';
import { Rings, type RingsEvents } from './rings.js';
import {
  FEATURES,
  Flag,
  LONGEST,
  MESSAGE,
  offered,
  PROTOCOL_FEATURES,
  REQUESTS,
  Refusal,
  RINGS,
  type Row,
  u64,
} from './vhost-user.js';

/** Bytes of struct virtio_vsock_config: le64 guest_cid (virtio 1.x §5.10.4). */
const CONFIG_BYTES = 8;

/** What a front end's doings mean for the rest of the device. */
export interface FrontEndEvents extends RingsEvents {
  log(level: 'info' | 'warn', text: string): void;
}

export class FrontEnd {
  readonly socket: number;
  readonly #os: Os;
  readonly #device: number;
  readonly #cid: number;
  readonly #memory: Memory;
  readonly #events: FrontEndEvents;
  #features = 0n;
  readonly #rings: Rings;

  constructor(os: Os, device: number, socket: number, cid: number, memory: Memory, events: FrontEndEvents) {
    this.#os = os;
    this.#device = device;
    this.socket = socket;
    this.#cid = cid;
    this.#memory = memory;
    this.#events = events;
    this.#rings = new Rings(os, device, memory, () => this.#features, events);
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
    this.#rings.end();
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
        this.#rings.reset();
        return 0;
      case 'SET_MEM_TABLE':
        return this.#setMemory(at, bytes, files);
      case 'GET_CONFIG':
        return this.#config(at, bytes);
      case 'SET_CONFIG':
        return -Errno.EPERM;
      default:
        return this.#rings.message(row, at, files);
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
