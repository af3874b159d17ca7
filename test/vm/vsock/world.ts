/** A vsock device in a directory of its own, for one test; with its log, and listeners of host programs. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VsockDevice } from '../../../vm/vsock/device.js';
import { until } from '../../support/until.js';
import { CID, FakeGuest, type GuestOptions } from './guest.js';

export interface Served {
  readonly cid: number;
  /** of the host's sockets */
  readonly directory: string;
}

export class World {
  readonly directory = mkdtempSync(join(tmpdir(), 'osmofs-vsock-'));
  readonly socketPath = join(this.directory, 'vhost');
  readonly connectPath = join(this.directory, 'connect');
  readonly log: string[] = [];
  #device: VsockDevice | undefined;
  readonly #guests: FakeGuest[] = [];
  readonly #servers: Server[] = [];
  readonly #sockets: Socket[] = [];

  static async open(): Promise<World> {
    const world = new World();
    await world.serve({ cid: CID, directory: world.directory });
    return world;
  }

  /** Starts the device. */
  async serve({ cid, directory }: Served): Promise<void> {
    this.#device = await VsockDevice.open({
      socketPath: this.socketPath,
      directory,
      cid,
      log: (level, text) => this.log.push(`${level}: ${text}`),
    });
  }

  get device(): VsockDevice {
    return this.#device!;
  }

  guest(options?: GuestOptions): FakeGuest {
    const guest = FakeGuest.open(this.socketPath, options);
    this.#guests.push(guest);
    return guest;
  }

  /** The hypervisor goes. */
  async end(guest: FakeGuest): Promise<void> {
    this.#guests.splice(this.#guests.indexOf(guest), 1);
    const before = this.gone;
    guest.close();
    await until(() => this.gone > before, 'the device to see the end');
  }

  /** How many hypervisors have gone. */
  get gone(): number {
    return this.log.filter((line) => line === 'info: the hypervisor has gone').length;
  }

  /** Listens on a port of the host; `serve` gets each socket. */
  async listen(port: number, serve: (socket: Socket) => void): Promise<void> {
    await this.#listen(join(this.directory, `00000002.${port.toString(16).padStart(8, '0')}`), serve);
  }

  /** Listens on a path; each `next` is the next program that has connected. */
  async listenAt(path: string): Promise<{ next(): Promise<Socket> }> {
    const sockets: Socket[] = [];
    await this.#listen(path, (socket) => sockets.push(socket));
    return {
      next: async () => {
        await until(() => sockets.length > 0, `a connection to ${path}`);
        return sockets.shift()!;
      },
    };
  }

  async #listen(path: string, serve: (socket: Socket) => void): Promise<void> {
    const server = createServer({ allowHalfOpen: true }, (socket) => serve(this.#keep(socket)));
    this.#servers.push(server);
    await new Promise<void>((resolve) => server.listen(path, resolve));
  }

  /** A host program that connects to a path. */
  connect(path: string): Socket {
    return this.#keep(connect({ path, allowHalfOpen: true }));
  }

  #keep(socket: Socket): Socket {
    socket.on('error', () => {});
    this.#sockets.push(socket);
    return socket;
  }

  async close(): Promise<void> {
    for (const guest of this.#guests) guest.close();
    for (const socket of this.#sockets) socket.destroy();
    await this.#device?.close();
    for (const server of this.#servers) server.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
