/**
 * A program of the guest that is not its agent: connects to the daemon's port, says what it was told to, and shows what it
 * was told in return until it was hung up on. As nobody if it is to show what anybody can do.
 *
 *     node intruder.js USER HEX…     an empty HEX says nothing; prints one line of JSON, what was heard for each HEX, hexadecimal
 */
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { adopt } from '../../../guest/adopt.js';
import { check, os } from '../../../native/index.js';
import { AGENT_PORT } from '../../../protocol/version.js';

const VMADDR_CID_HOST = 2;

async function overhear(hex: string): Promise<string> {
  const socket = adopt(check(os.connectVsock(VMADDR_CID_HOST, AGENT_PORT), 'connectVsock'));
  if (hex !== '') socket.write(Buffer.from(hex, 'hex'));
  let heard = '';
  socket.on('data', (bytes: Buffer) => {
    heard += bytes.toString('hex');
  });
  // A reset is an end like any other.
  await new Promise((resolve) => socket.on('error', resolve).on('close', resolve));
  return heard;
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const [user, ...said] = argv.slice(2);
  process.setgid!(Number(user));
  process.setuid!(Number(user));
  console.log(JSON.stringify(await Promise.all(said.map(overhear))));
}
