/** Where the daemon is, as text and taken apart; what goes wrong on the way there. */

/** Every transport has its own kind; transport.ts has one row for each. */
export type Address =
  | { readonly kind: 'unix'; readonly path: string }
  /** vsock(7): context (2 = the host) and port */
  | { readonly kind: 'vsock'; readonly cid: number; readonly port: number };

/** The daemon cannot be reached, does not answer, or has refused us: one line for people. */
export class LinkError extends Error {
  override readonly name = 'LinkError';

  /** @param refused true if the daemon answered, but does not want us: trying again will not help */
  constructor(
    message: string,
    readonly refused = false,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** VMADDR_CID_ANY and VMADDR_PORT_ANY of <linux/vm_sockets.h>: for listening only. */
const ANY = 0xffff_ffff;

/** @throws LinkError if it is none */
export function parseAddress(text: string): Address {
  const vsock = /^vsock:(\d{1,10}):(\d{1,10})$/.exec(text);
  if (vsock !== null) {
    const [cid, port] = [Number(vsock[1]), Number(vsock[2])];
    if (cid < ANY && port < ANY) return { kind: 'vsock', cid, port };
  }
  const path = text.startsWith('unix:') ? text.slice('unix:'.length) : '';
  if (path.startsWith('/') && !path.includes('\0')) return { kind: 'unix', path };
  throw new LinkError(
    `${text} is not an address; write unix: and the absolute path of a socket, or vsock:CID:PORT in decimal`,
  );
}

export function formatAddress(address: Address): string {
  return address.kind === 'unix' ? `unix:${address.path}` : `vsock:${address.cid}:${address.port}`;
}
