/** Where the daemon is, as text and taken apart; what goes wrong on the way there. */

/** Every transport has its own kind; link.ts has one row for each. */
export type Address = { readonly kind: 'unix'; readonly path: string };

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

/** @throws LinkError if it is none */
export function parseAddress(text: string): Address {
  const path = text.startsWith('unix:') ? text.slice('unix:'.length) : '';
  if (!path.startsWith('/') || path.includes('\0')) {
    throw new LinkError(`${text} is not an address; write unix: and the absolute path of a socket`);
  }
  return { kind: 'unix', path };
}

export function formatAddress(address: Address): string {
  return `${address.kind}:${address.path}`;
}
