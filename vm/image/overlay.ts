/** What differs from boot to boot: a small cpio archive behind the initrd's, which the kernel unpacks over it. */
import { TOKEN_BYTES } from '../../protocol/version.js';
import { type Entry, writeCpio } from './cpio.js';
import { ImageError } from './error.js';
import { Tree } from './tree.js';

export interface OverlayOptions {
  /** what the daemon calls this guest */
  readonly guest: string;
  readonly hostname: string;
  /** the secret of this boot */
  readonly token: Uint8Array;
  /** of the daemon, as the agent takes it: vsock:CID:PORT */
  readonly address: string;
  /** more files of the guest, instead of the image's or beside them */
  readonly extra?: readonly Entry[];
}

/** Neither quotation marks nor lines: init reads them with a shell. */
const PLAIN = /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,252}$/;

/**
 * To be appended to the initrd; both are multiples of 4 bytes long, as the kernel wants it.
 *
 * @throws ImageError if a name cannot be one
 */
export function bootOverlay({ guest, hostname, token, address, extra = [] }: OverlayOptions): Buffer {
  for (const [what, value] of Object.entries({ guest, hostname, address })) {
    if (!PLAIN.test(value)) throw new ImageError(`${JSON.stringify(value)} cannot be a guest's ${what}`);
  }
  if (token.length !== TOKEN_BYTES) throw new ImageError(`a token has ${TOKEN_BYTES} bytes, not ${token.length}`);
  const tree = new Tree();
  tree.file('etc/hostname', `${hostname}\n`);
  tree.file('etc/hosts', `127.0.0.1 localhost ${hostname}\n::1 localhost\n`);
  // One member to a line: root/opt/osmofs/start reads it so.
  tree.file('etc/osmofs/agent.json', `${JSON.stringify({ guest, address, hostname }, undefined, 2)}\n`);
  tree.file('etc/osmofs/token', `${Buffer.from(token).toString('hex')}\n`, 0o600);
  for (const entry of extra) tree.add(entry);
  return writeCpio(tree.entries());
}
