/** The muxer's {@link Streams}: unix sockets in HyperKit's convention, and the guest's rings, by the calls of the seam. */
import { join } from 'node:path';
import type { Os } from '../../native/os.js';
import { WATCH } from '../../native/os-vsock.js';
import { Errno, errnoName } from '../../protocol/errno.js';
import { type Memory, PLACE, putPath } from './memory.js';
import { addressName } from './name.js';
import { type Header, HOST_CID, writeHeader } from './packet.js';
import type { Streams } from './streams.js';

/** What a socket of a connection, or of one to be, reports: each change once. */
export const EDGES = WATCH.IN | WATCH.READ_HANGUP | WATCH.EDGE;

export interface HostSocketsEvents {
  /** The driver has broken the rules of a ring: -EPROTO. */
  ringBroken(): void;
  log(level: 'info' | 'warn', text: string): void;
}

export class HostSockets implements Streams {
  readonly #os: Os;
  readonly #device: number;
  readonly #directory: string;
  readonly #memory: Memory;
  readonly #events: HostSocketsEvents;

  constructor(os: Os, device: number, directory: string, memory: Memory, events: HostSocketsEvents) {
    this.#os = os;
    this.#device = device;
    this.#directory = directory;
    this.#memory = memory;
    this.#events = events;
  }

  dial(port: number): number {
    const name = addressName(HOST_CID, port);
    const socket = this.#os.vsockDial(putPath(this.#memory, join(this.#directory, name)));
    if (socket < 0) {
      if (socket !== -Errno.ENOENT && socket !== -Errno.ECONNREFUSED) {
        this.#events.log('warn', `no connection to ${name}: ${errnoName(-socket)}`);
      }
      return socket;
    }
    const watched = this.#os.vsockWatch(this.#device, socket, EDGES);
    if (watched === 0) return socket;
    this.#os.close(socket);
    return watched;
  }

  deliver(stream: number, length: number): number {
    return this.#os.vsockDeliver(this.#device, stream, length);
  }

  flush(stream: number): number {
    return this.#os.vsockFlush(this.#device, stream);
  }

  watchRoom(stream: number, wanted: boolean): void {
    this.#os.vsockWatch(this.#device, stream, wanted ? EDGES | WATCH.OUT : EDGES);
  }

  shut(stream: number, side: 'read' | 'write'): void {
    this.#os.vsockShutdown(stream, side === 'read' ? 0 : 1);
  }

  close(stream: number): void {
    this.#os.vsockClose(this.#device, stream);
  }

  fill(stream: number, header: Readonly<Header>, limit: number): number {
    writeHeader(this.#memory.view, PLACE.sent, header);
    const moved = this.#os.vsockFill(this.#device, stream, PLACE.sent, limit);
    if (moved === -Errno.EPROTO) this.#events.ringBroken();
    return moved;
  }

  put(header: Readonly<Header>): number {
    writeHeader(this.#memory.view, PLACE.sent, header);
    const put = this.#os.vsockPut(this.#device, PLACE.sent);
    if (put === -Errno.EPROTO) this.#events.ringBroken();
    return put;
  }
}
