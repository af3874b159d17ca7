/** Sockets and a ring for the muxer, without either: everything it does is written down. */
import { DRAINED } from '../../../../native/os-vsock.js';
import { Errno } from '../../../../protocol/errno.js';
import { createCounters } from '../../../../vm/vsock/counters.js';
import { Muxer } from '../../../../vm/vsock/muxer.js';
import { emptyHeader, type Header, TYPE_STREAM } from '../../../../vm/vsock/packet.js';
import type { Streams } from '../../../../vm/vsock/streams.js';

export class FakeStreams implements Streams {
  /** what was done, in words */
  readonly done: string[] = [];
  /** packets to the guest */
  readonly put_: Header[] = [];
  /** buffers of the guest */
  room = 1000;
  /** bytes that a socket still takes, and has */
  takes = Number.POSITIVE_INFINITY;
  readonly has = new Map<number, number>();
  /** sockets whose program will not write any more */
  readonly ended = new Set<number>();
  /** what `deliver` and `flush` fail with */
  failure = 0;
  next = 100;
  readonly counters = createCounters();
  readonly muxer = new Muxer(3, this, this.counters);
  readonly #kept = new Map<number, number>();

  /** A packet of the guest. */
  from(header: Partial<Header>, room = header.length ?? 0): void {
    this.muxer.packet(
      {
        ...emptyHeader(),
        srcCid: 3,
        dstCid: 2,
        srcPort: 1000,
        dstPort: 5,
        type: TYPE_STREAM,
        bufAlloc: 65_536,
        ...header,
      },
      room,
    );
    this.muxer.pump();
  }

  /** Operations that were put since the last call. */
  ops(): number[] {
    return this.put_.splice(0).map((header) => header.op);
  }

  dial(port: number): number {
    return port === 404 ? -Errno.ENOENT : this.next++;
  }
  deliver(stream: number, length: number): number {
    if (this.failure !== 0) return this.failure;
    const sent = Math.min(this.takes, length);
    this.takes -= sent;
    this.#kept.set(stream, (this.#kept.get(stream) ?? 0) + length - sent);
    return length - sent;
  }
  flush(stream: number): number {
    if (this.failure !== 0) return this.failure;
    const sent = Math.min(this.takes, this.#kept.get(stream) ?? 0);
    this.takes -= sent;
    this.#kept.set(stream, this.#kept.get(stream)! - sent);
    return sent;
  }
  watchRoom(stream: number, wanted: boolean): void {
    this.done.push(`${wanted ? 'watch' : 'unwatch'} ${stream}`);
  }
  shut(stream: number, side: 'read' | 'write'): void {
    this.done.push(`shut ${side} ${stream}`);
  }
  close(stream: number): void {
    this.done.push(`close ${stream}`);
  }
  fill(stream: number, header: Readonly<Header>, limit: number): number {
    if (this.room === 0) return -Errno.ENOBUFS;
    const here = this.has.get(stream) ?? 0;
    if (here === 0) return this.ended.has(stream) ? 0 : -Errno.EAGAIN;
    const moved = Math.min(here, limit, 4052);
    this.has.set(stream, here - moved);
    this.room--;
    this.put_.push({ ...header, length: moved });
    return moved === here ? moved | DRAINED : moved;
  }
  put(header: Readonly<Header>): number {
    if (this.room === 0) return -Errno.EAGAIN;
    this.room--;
    this.put_.push({ ...header });
    return 0;
  }
}
