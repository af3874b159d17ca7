/**
 * How an address of vsock is written where it is a unix socket on the host (HyperKit's convention): the name of the socket on
 * which the host listens for a guest, and the line by which a program of the host dials one.
 */
export function addressName(cid: number, port: number): string {
  return `${hex(cid)}.${hex(port)}`;
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0');
}
