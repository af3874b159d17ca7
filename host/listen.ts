/** Unix sockets that only their owner can connect to. */
import { chmodSync, rmSync } from 'node:fs';
import type { Server } from 'node:net';
import { messageOf, Problem } from './problem.js';

/** Listens on `path`, mode 0600. The caller owns the path: what lies there is left over from a crash and goes. */
export async function listen(server: Server, path: string): Promise<void> {
  rmSync(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    const fail = (error: Error) => {
      reject(new Problem('internal', path, `cannot listen there: ${messageOf(error)}`, 'Check the directory'));
    };
    server.once('error', fail);
    server.listen({ path, readableAll: false, writableAll: false }, () => {
      server.off('error', fail);
      chmodSync(path, 0o600);
      resolve();
    });
  });
}
