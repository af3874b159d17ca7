/** A connected pair of stream sockets: one for the test as a net.Socket, one for the daemon as a plain descriptor. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { detachDescriptor } from '../../../host/socket-handle.js';
import { os } from '../../../native/index.js';

export interface Pair {
  readonly socket: Socket;
  /** whoever gets it closes it */
  readonly fd: number;
}

/** @param path a name for a socket that does not exist yet; it is gone afterwards */
export async function connectedPair(path: string): Promise<Pair> {
  const server = createServer({ pauseOnConnect: true }).listen(path);
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  const socket = connect({ path });
  const [theirs] = (await accepted) as [Socket];
  if (socket.connecting) await once(socket, 'connect');
  const fd = detachDescriptor(theirs, (own) => os.duplicate(own));
  server.close();
  await once(server, 'close');
  if (fd < 0) throw new Error(`the accepted socket has no descriptor: ${fd}`);
  return { socket, fd };
}
