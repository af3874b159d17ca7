/** The host's side of host-peer.ts: a process on this machine for each connection of the guest. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { localPeer } from '../../support/peer.js';

export class PeerServer {
  private readonly children = new Set<ChildProcess>();
  private readonly server: Server;

  /** @param path where the vsock device connects for the port, `00000002.PPPPPPPP` */
  constructor(private readonly path: string) {
    const [command, ...args] = localPeer;
    this.server = createServer({ allowHalfOpen: true }, (socket) => {
      const child = spawn(command!, args, { stdio: ['pipe', 'pipe', 'inherit'] });
      this.children.add(child);
      child.once('exit', () => this.children.delete(child));
      child.stdin!.on('error', () => {});
      socket.on('error', () => child.kill());
      socket.pipe(child.stdin!);
      child.stdout!.pipe(socket);
    });
  }

  async listen(): Promise<void> {
    this.server.listen(this.path);
    await once(this.server, 'listening');
  }

  async close(): Promise<void> {
    this.server.close();
    for (const child of this.children) {
      const exit = once(child, 'exit');
      child.kill();
      await exit;
    }
  }
}
