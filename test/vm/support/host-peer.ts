/**
 * A peer on the host for a behaviour that runs in the guest: the guest's program is {@link HOST_PEER}, which connects to
 * the host by vsock and copies; the host's side is a socket that starts a peer for each connection.
 *
 *     node host-peer.js PORT     in the guest, standard input and output being the peer's
 */
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { adopt } from '../../../guest/adopt.js';
import { check, os } from '../../../native/index.js';

const VMADDR_CID_HOST = 2;

if (argv[1] === fileURLToPath(import.meta.url)) {
  const socket = adopt(check(os.connectVsock(VMADDR_CID_HOST, Number(argv[2])), 'connectVsock'));
  process.stdin.pipe(socket);
  socket.pipe(process.stdout);
}
