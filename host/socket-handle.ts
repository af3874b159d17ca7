/**
 * What net.Socket does not offer: to stop reading this instant, and to hand its descriptor to somebody else. Both need
 * the libuv handle behind it, a field that Node has kept under this name since 0.x; a test holds on to what is used here.
 */
import type { Socket } from 'node:net';

interface StreamHandle {
  readonly fd: number;
  readStart(): number;
  readStop(): number;
}

/**
 * Stops reading at the descriptor. `pause()` would not do: it lets the stream go on filling its buffer, and what is read
 * there is lost for the one who takes the descriptor over.
 */
export function stopReading(socket: Socket): void {
  socket.pause();
  handleOf(socket)?.readStop();
}

export function resumeReading(socket: Socket): void {
  handleOf(socket)?.readStart();
  socket.resume();
}

/**
 * Gives the descriptor to `duplicate` (whose result is a new one, or -errno) and closes the socket without a shutdown,
 * so that the connection lives on in the duplicate. -EBADF (-9) if the socket is closed already.
 */
export function detachDescriptor(socket: Socket, duplicate: (fd: number) => number): number {
  const fd = handleOf(socket)?.fd ?? -1;
  const copy = fd < 0 ? -9 : duplicate(fd);
  socket.destroy();
  return copy;
}

function handleOf(socket: Socket): StreamHandle | null {
  return (socket as unknown as { readonly _handle: StreamHandle | null })._handle;
}
