/** A vsock device in a directory of its own, for one test; with its log, and listeners of host programs. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VsockDevice } from '../../../vm/vsock/device.js';
import { until } from '../../support/until.js';
import { CID, FakeGuest, type GuestOptions } from './guest.js';

export class World {
  readonly directory = mkdtempSync(join(tmpdir(), 'osmofs-vsock-'));
  readonly socketPath = join(this.directory, 'vhost');
  readonly connectPath = join(this.directory, 'connect');
  readonly log: string[] = [];
  device!: VsockDevice;
  readonly #guests: FakeGuest[] = [];
  readonly #servers: Server[] = [];
  readonly #sockets: Socket[] = [];

  static async open(): Promise<World> {
    const world = new World();
    world.device = await VsockDevice.open({
      socketPath: world.socketPath,
      directory: world.directory,
      cid: CID,
      log: (level, text) => world.log.push(`${level}: ${text}`),
    });
    return world;
  }

  guest(options?: GuestOptions): FakeGuest {
    const guest = FakeGuest.open(this.socketPath, options);
    this.#guests.push(guest);
    return guest;
  }

  /** The hypervisor goes. */
  async end(guest: FakeGuest): Promise<void> {
    this.#guests.splice(this.#guests.indexOf(guest), 1);
    guest.close();
    await until(() => this.log.at(-1) === 'info: the hypervisor has gone', 'the device to see the end');
  }

  /** Listens on a port of the host; `serve` gets each socket. */
  async listen(port: number, serve: (socket: Socket) => void): Promise<void> {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => {});
      this.#sockets.push(socket);
      serve(socket);
    });
    this.#servers.push(server);
    const path = join(this.directory, `00000002.${port.toString(16).padStart(8, '0')}`);
    await new Promise<void>((resolve) => server.listen(path, resolve));
  }

  /** A host program at `connect`. */
  dial(line: string): Socket {
    const socket = connect({ path: this.connectPath, allowHalfOpen: true });
    socket.on('error', () => {});
    this.#sockets.push(socket);
    socket.write(line);
    return socket;
  }

  async close(): Promise<void> {
    for (const guest of this.#guests) guest.close();
    for (const socket of this.#sockets) socket.destroy();
    await this.device.close();
    for (const server of this.#servers) server.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
