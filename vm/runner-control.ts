/**
 * The runner's control socket (0600): a client says one line of JSON, {@link Ask}, and gets one line back.
 *
 *     {"ask":"status"}   {@link RunnerStatus}
 *     {"ask":"watch"}    {@link RunnerStatus}, and when the VM has ended {@link VmEnd}
 *     {"ask":"ready"}    {"ok":true}: the guest has come up; from now on it may restart now and then
 *     {"ask":"power"}    {"ok":true} when the power button has been pressed
 *     {"ask":"kill"}     {"ok":true} when the hypervisor has been told to end at once
 *     {"ask":"console"}  {"ok":true}, and then the console's bytes both ways
 *
 * What cannot be done is {"error":"…"}.
 */
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import * as v from 'valibot';
import { LineSplitter } from './lines.js';

export const ASKS = ['status', 'watch', 'ready', 'power', 'kill', 'console'] as const;
export type Ask = (typeof ASKS)[number];

export interface RunnerStatus {
  readonly name: string;
  readonly cid: number;
  /** process ids */
  readonly runner: number;
  readonly hypervisor: number;
  /** ISO 8601 */
  readonly since: string;
  /** how often the guest has been reset since */
  readonly resets: number;
  /** bytes, of the runner with its vsock device */
  readonly rss: number;
}

/** What the socket offers of the VM. */
export interface Controlled {
  status(): RunnerStatus;
  ready(): void;
  /** @throws Error saying why not */
  power(): Promise<void>;
  kill(): void;
  /** From now on the socket is the console. */
  attach(socket: Socket): void;
}

const askSchema = v.strictObject({ ask: v.picklist(ASKS) });
const LINE_LIMIT = 1024;
/** A client has to have asked within this, ms. */
const PATIENCE = 10_000;
const MOST_CLIENTS = 64;

export class RunnerControl {
  readonly #server: Server;
  readonly #vm: Controlled;
  readonly #watchers = new Set<Socket>();

  constructor(vm: Controlled) {
    this.#vm = vm;
    this.#server = createServer({ allowHalfOpen: false }, (socket) => this.#welcome(socket));
    this.#server.maxConnections = MOST_CLIENTS;
  }

  async listen(path: string): Promise<void> {
    rmSync(path, { force: true });
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen(path, resolve);
    });
    chmodSync(path, 0o600);
  }

  /** Calls `release` once this place is free for another, tells those who watch, and resolves when they have it. */
  async close(end: object, release: () => void): Promise<void> {
    // Takes the socket's file away, which the next process of this VM may make anew from the moment of the release.
    this.#server.close();
    release();
    await Promise.all(
      [...this.#watchers].map(
        (socket) =>
          new Promise<void>((resolve) => {
            socket.once('close', resolve).end(`${JSON.stringify(end)}\n`);
            setTimeout(() => socket.destroy(), 1_000).unref();
          }),
      ),
    );
  }

  #welcome(socket: Socket): void {
    const splitter = new LineSplitter(LINE_LIMIT);
    const timer = setTimeout(() => socket.destroy(), PATIENCE);
    const read = (bytes: Buffer) => {
      try {
        const [line] = splitter.push(bytes.toString('latin1'));
        if (line === undefined) return;
        clearTimeout(timer);
        socket.off('data', read);
        void this.#answer(socket, line, Buffer.from(splitter.rest, 'latin1'));
      } catch {
        socket.destroy();
      }
    };
    socket.on('error', () => {});
    socket.on('close', () => clearTimeout(timer));
    socket.on('data', read);
  }

  async #answer(socket: Socket, line: string, rest: Buffer): Promise<void> {
    const say = (value: object) => socket.write(`${JSON.stringify(value)}\n`);
    try {
      const { ask } = v.parse(askSchema, JSON.parse(line));
      if (ask === 'console') {
        socket.pause();
        if (rest.length > 0) socket.unshift(rest);
        say({ ok: true });
        return this.#vm.attach(socket);
      }
      if (ask === 'watch') {
        say(this.#vm.status());
        this.#watchers.add(socket);
        socket.on('close', () => this.#watchers.delete(socket)).resume();
        return;
      }
      if (ask === 'status') say(this.#vm.status());
      else {
        if (ask === 'ready') this.#vm.ready();
        else if (ask === 'power') await this.#vm.power();
        else this.#vm.kill();
        say({ ok: true });
      }
    } catch (error) {
      say({ error: error instanceof Error ? error.message : String(error) });
    }
    socket.end();
  }
}
