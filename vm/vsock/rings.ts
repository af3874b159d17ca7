/**
 * The two rings as a front end describes, starts and stops them (QEMU's docs/interop/vhost-user.rst, "Ring states"). What is in
 * them is native/linux/vring.cc's business.
 */
import type { Os } from '../../native/os.js';
import { Errno } from '../../protocol/errno.js';
import { type Memory, PLACE } from './memory.js';
import { has, Refusal, RINGS, type Row } from './vhost-user.js';

export interface RingsEvents {
  /** Both rings run, or one has stopped: connections do not outlive the stop. */
  started(): void;
  stopped(): void;
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

export class Rings {
  readonly #os: Os;
  readonly #device: number;
  readonly #memory: Memory;
  readonly #features: () => bigint;
  readonly #events: RingsEvents;
  readonly #rings: Ring[] = Array.from({ length: RINGS }, freshRing);

  /** @param features those of the device that were accepted */
  constructor(os: Os, device: number, memory: Memory, features: () => bigint, events: RingsEvents) {
    this.#os = os;
    this.#device = device;
    this.#memory = memory;
    this.#features = features;
    this.#events = events;
  }

  /** Does what a message about a ring asks for: its answer, or 0 or -errno. Descriptors that are taken become -1. */
  message(row: Row, at: number, files: number[]): Uint8Array | number {
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
    const enabled = ring.enabled || !has(this.#features(), 'VHOST_USER_F_PROTOCOL_FEATURES');
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
    const events = has(this.#features(), 'VIRTIO_F_EVENT_IDX') ? 1 : 0;
    const indirect = has(this.#features(), 'VIRTIO_F_INDIRECT_DESC') ? 1 : 0;
    const started = this.#os.vhostRingStart(this.#device, index, PLACE.ring, events, indirect);
    if (started < 0) return started;
    ring.running = true;
    return 0;
  }

  /**
   * Stops a ring for good: what it was told is forgotten, but not whether it is enabled, which is a state of its own. Result:
   * where its next start has to go on.
   */
  #stop(index: number): number {
    const ring = this.#rings[index];
    if (!ring.running && !ring.kicked) return ring.base;
    const running = ring.running;
    const base = this.#os.vhostRingStop(this.#device, index, 1);
    const next = running && base >= 0 ? base : ring.base;
    this.#rings[index] = { ...freshRing(), base: next, enabled: ring.enabled };
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

  /** Stops and disables all of them. */
  reset(): void {
    for (let index = 0; index < RINGS; index++) {
      this.#stop(index);
      this.#rings[index].enabled = false;
    }
  }

  /** The front end has gone. */
  end(): void {
    // Also of a ring that never ran: the next front end shall find none of the eventfds.
    for (let index = 0; index < RINGS; index++) this.#os.vhostRingStop(this.#device, index, 1);
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

/** The only descriptor, owned by whoever took it; -1 if there is none. */
function take(files: number[]): number {
  const file = files[0] ?? -1;
  files[0] = -1;
  return file;
}
