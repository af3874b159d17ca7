/** What the muxer needs done: sockets of the host, and the ring to the guest. Errors are -errno, as in native/os-vsock.ts. */
import type { Header } from './packet.js';

export interface Streams {
  /** A socket connected to the listener of this port of the host; -errno if there is none. */
  dial(port: number): number;
  /** Gives the first bytes of the packet's payload to the socket; bytes that had no room and are kept, or -errno. */
  deliver(stream: number, length: number): number;
  /** Sends what is kept; bytes sent or -errno. */
  flush(stream: number): number;
  /** Wants, or does not want any more, to hear when the socket has room. */
  watchRoom(stream: number, wanted: boolean): void;
  /** No more bytes to the socket's other side (`write`), or from it. */
  shut(stream: number, side: 'read' | 'write'): void;
  close(stream: number): void;
  /** Moves bytes of the socket to the guest: as `vsockFill` of native/os-vsock.ts. */
  fill(stream: number, header: Readonly<Header>, limit: number): number;
  /** A packet without payload to the guest: 0, -EAGAIN without room, -EPROTO. */
  put(header: Readonly<Header>): number;
}
