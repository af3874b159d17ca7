/** How each kind of address is dialled. */
import { connect, type OnReadOpts, type Socket } from 'node:net';
import { os } from '../native/index.js';
import { errnoName, errnoText } from '../protocol/errno.js';
import { SHARED_LANES } from '../protocol/version.js';
import { type Address, formatAddress, LinkError } from './address.js';
import { adopt } from './adopt.js';

interface Transport<A extends Address> {
  /** A socket that is connected, or about to be (`connecting`). @throws LinkError */
  dial(address: A, onread: OnReadOpts): Socket;
  /** features of the protocol that it cannot carry */
  readonly lacks: readonly string[];
}

const transports: { readonly [K in Address['kind']]: Transport<Extract<Address, { kind: K }>> } = {
  unix: { dial: ({ path }, onread) => connect({ path, onread }), lacks: [] },
  vsock: { dial: dialVsock, lacks: [SHARED_LANES] },
};

export function dial(address: Address, onread: OnReadOpts): Socket {
  return transportOf(address).dial(address, onread);
}

/** Those of `features` that a connection to the address can carry. */
export function carried(address: Address, features: readonly string[]): readonly string[] {
  const { lacks } = transportOf(address);
  return features.filter((feature) => !lacks.includes(feature));
}

function transportOf(address: Address): Transport<Address> {
  return transports[address.kind] as Transport<Address>;
}

/** Connects before it returns: the host answers at once, or the kernel gives up after 2 s. */
function dialVsock(address: Extract<Address, { kind: 'vsock' }>, onread: OnReadOpts): Socket {
  const fd = os.connectVsock(address.cid, address.port);
  if (fd >= 0) return adopt(fd, { onread });
  const at = formatAddress(address);
  // The host's side answers with a reset where nobody listens.
  if (GONE.has(errnoName(-fd))) throw new LinkError(`no daemon listens at ${at}`);
  throw new LinkError(`the daemon cannot be reached at ${at}: ${errnoText(fd)} (${errnoName(-fd)})`);
}

const GONE: ReadonlySet<string> = new Set(['ECONNRESET', 'ECONNREFUSED', 'ETIMEDOUT']);
