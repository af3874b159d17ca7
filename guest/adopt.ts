/**
 * A net.Socket over any stream that read(2), write(2) and epoll(7) understand. Node asks the kernel what a descriptor is,
 * takes pipes, unix and TCP sockets, and refuses the rest, vsock and the master of a pseudoterminal among it, although its
 * streams would do the same with them. So it is given a unix socket, whose place the other descriptor takes before
 * the event loop has looked at it.
 */
import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';
import { os } from '../native/index.js';
import { errnoName } from '../protocol/errno.js';
import { descriptorPair } from './descriptor-pair.js';

/** The constructor takes `onread` as `connect` does; its type does not say so. */
type Options = Omit<SocketConstructorOpts, 'fd'> & { readonly onread?: OnReadOpts };

/** @param fd taken over, also if this fails. @throws Error with the `code` of what went wrong */
export function adopt(fd: number, options: Options = {}): Socket {
  try {
    const pair = descriptorPair((at) => os.socketPair(at));
    if (typeof pair === 'number') throw failure(pair);
    const [mine, other] = pair;
    os.close(other);
    const socket = new Socket({ readable: true, writable: true, ...options, fd: mine });
    const placed = os.duplicateOnto(fd, mine);
    if (placed < 0) {
      socket.destroy();
      throw failure(placed);
    }
    return socket;
  } finally {
    os.close(fd);
  }
}

function failure(result: number): Error {
  const code = errnoName(-result);
  return Object.assign(new Error(`a descriptor cannot be used: ${code}`), { code });
}
