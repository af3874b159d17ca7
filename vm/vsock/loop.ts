/** The device's worker: one native wait for everything, then the control socket, the host's sockets, and the rings. */

import { join } from 'node:path';
import { check } from '../../native/error.js';
import { type Os, WOKEN } from '../../native/os.js';
import { WATCH } from '../../native/os-vsock.js';
import { Errno } from '../../protocol/errno.js';
import { Counter } from './counters.js';
import { Diallers } from './diallers.js';
import { FrontEnd } from './front-end.js';
import { EDGES, HostSockets } from './host-sockets.js';
import { attachMemory, type Memory, PLACE, putPath } from './memory.js';
import { Muxer } from './muxer.js';
import { emptyHeader, readHeader } from './packet.js';
import { Waiting } from './waiting.js';

/** Packets of the guest between two looks at the host's sockets. */
const BATCH = 64;
const BACKLOG = 128;
const WANT_PACKETS = 1;
const WANT_ROOM = 2;

export interface LoopOptions {
  readonly directory: string;
  readonly cid: number;
  readonly waker: number;
  /** where the hypervisor connects; nothing may lie there, nor at `connect` in the directory */
  readonly socketPath: string;
  readonly counters: Float64Array;
  /** a clock that only goes forward, ms */
  now(): number;
  log(level: 'info' | 'warn', text: string): void;
  /** asked when the waker has fired */
  stopping(): boolean;
}

export class Loop {
  readonly #os: Os;
  readonly #options: LoopOptions;
  readonly #memory: Memory;
  readonly #device: number;
  readonly #muxer: Muxer;
  readonly #diallers: Diallers;
  readonly #received = emptyHeader();
  readonly #waiting: Waiting;
  readonly #frontEnds: number;
  readonly #connects: number;
  #frontEnd: FrontEnd | undefined;
  /** both rings run, and their driver has kept the rules so far */
  #serving = false;

  constructor(os: Os, options: LoopOptions) {
    this.#os = os;
    this.#options = options;
    this.#memory = attachMemory(os);
    this.#device = check(os.vsockCreate(options.waker), 'vsockCreate');
    this.#waiting = new Waiting(os, this.#device, options.counters, () => options.now());
    const sockets = new HostSockets(os, this.#device, options.directory, this.#memory, {
      ringBroken: () => this.#ringBroken(),
      log: (level, text) => this.#log(level, text),
    });
    this.#muxer = new Muxer(options.cid, sockets, options.counters);
    this.#diallers = new Diallers((socket, capacity) => this.#readText(socket, capacity));
    this.#frontEnds = this.#listen(options.socketPath);
    this.#connects = this.#listen(join(options.directory, 'connect'));
  }

  #listen(path: string): number {
    const listener = check(this.#os.vsockListen(putPath(this.#memory, path), BACKLOG), 'listen', path);
    check(this.#os.vsockWatch(this.#device, listener, WATCH.IN), 'vsockWatch');
    return listener;
  }

  /** Serves until `stopping`. */
  run(): void {
    for (;;) {
      const got = this.#wait();
      if (got === WOKEN) {
        this.#os.wakerDrain(this.#options.waker);
        if (this.#options.stopping()) {
          this.#end();
          return;
        }
        continue;
      }
      this.#reported(check(got, 'vsockWait'));
      this.#packets();
      this.#muxer.pump();
      if (this.#muxer.waiting || this.#diallers.size > 0) this.#tick();
      this.#waiting.release();
    }
  }

  #wait(): number {
    const want = (this.#muxer.accepting ? WANT_PACKETS : 0) | (this.#muxer.wantsRoom ? WANT_ROOM : 0);
    return this.#waiting.wait(want, this.#muxer.waiting || this.#diallers.size > 0);
  }

  /**
   * Takes note of what was reported. The hypervisor comes last: it may end all connections, whose numbers then belong to
   * the next sockets; and one that has gone makes room for the one that has come.
   */
  #reported(count: number): void {
    const { view } = this.#memory;
    let frontEnd = false;
    let another = false;
    for (let at = 0; at < count; at++) {
      const fd = view.getInt32(PLACE.events + 8 * at, true);
      if (fd === this.#frontEnds) another = true;
      else if (fd === this.#frontEnd?.socket) frontEnd = true;
      else this.#event(fd, view.getUint32(PLACE.events + 8 * at + 4, true));
    }
    if (frontEnd && !this.#frontEnd!.serve()) this.#endFrontEnd();
    if (another) this.#acceptFrontEnd();
  }

  #event(fd: number, events: number): void {
    if (fd === this.#connects) {
      this.#acceptDialler();
      return;
    }
    if (this.#diallers.has(fd)) {
      this.#serveDialler(fd, events);
      return;
    }
    if ((events & WATCH.OUT) !== 0) this.#muxer.writable(fd);
    if ((events & ~WATCH.OUT) !== 0) this.#readable(fd, events);
  }

  #readable(fd: number, events: number): void {
    const hungUp = (events & (WATCH.HANGUP | WATCH.ERROR)) !== 0;
    this.#muxer.readable(fd, hungUp || (events & WATCH.READ_HANGUP) !== 0, hungUp);
  }

  #acceptFrontEnd(): void {
    const socket = this.#os.vsockAccept(this.#frontEnds);
    if (socket < 0) return;
    if (this.#frontEnd !== undefined) {
      this.#log('warn', 'a second hypervisor is refused: one uses this device already');
      this.#os.close(socket);
      return;
    }
    this.#os.vsockWatch(this.#device, socket, WATCH.IN);
    this.#frontEnd = new FrontEnd(this.#os, this.#device, socket, this.#options.cid, this.#memory, {
      started: () => {
        this.#serving = true;
        this.#log('info', 'the guest has started the vsock device');
      },
      stopped: () => this.#stopServing(),
      log: (level, text) => this.#log(level, text),
    });
  }

  #endFrontEnd(): void {
    this.#frontEnd?.end();
    this.#frontEnd = undefined;
    this.#stopServing();
    this.#log('info', 'the hypervisor has gone');
  }

  #stopServing(): void {
    this.#serving = false;
    this.#muxer.clear();
  }

  #acceptDialler(): void {
    const socket = this.#os.vsockAccept(this.#connects);
    if (socket < 0) return;
    if (!this.#diallers.add(socket, this.#options.now())) {
      this.#os.close(socket);
      return;
    }
    this.#os.vsockWatch(this.#device, socket, EDGES);
    // Whether it has ended already is reported with the next wait.
    this.#serveDialler(socket, 0);
  }

  #serveDialler(socket: number, events: number): void {
    const wish = this.#diallers.serve(socket);
    if (wish === 'more') return;
    if (wish === 'bad' || wish.cid !== this.#options.cid || !this.#serving) {
      this.#os.vsockClose(this.#device, socket);
      return;
    }
    this.#muxer.dialled(socket, wish.port, this.#options.now());
    // What came behind the line has been reported with it, and will not be again.
    this.#readable(socket, events);
  }

  #packets(): void {
    for (let count = 0; count < BATCH && this.#muxer.accepting; count++) {
      const room = this.#os.vsockNext(this.#device, PLACE.received);
      if (room === -Errno.EAGAIN) return;
      if (room < 0) {
        this.#ringBroken();
        return;
      }
      readHeader(this.#memory.view, PLACE.received, this.#received);
      this.#muxer.packet(this.#received, room);
    }
  }

  /** Says it once; the ring stays out of use until the guest's driver starts it again. */
  #ringBroken(): void {
    if (!this.#serving) return;
    this.#stopServing();
    this.#options.counters[Counter.BROKEN]++;
    const length = this.#os.vhostBroken(this.#device, PLACE.path, 256);
    const why = Buffer.from(this.#memory.bytes.subarray(PLACE.path, PLACE.path + Math.max(length, 0))).toString();
    this.#log('warn', `the guest's ring is out of use until its driver starts again: ${why}`);
  }

  #tick(): void {
    const now = this.#options.now();
    this.#muxer.tick(now);
    for (const socket of this.#diallers.late(now)) this.#os.vsockClose(this.#device, socket);
  }

  #end(): void {
    this.#muxer.clear();
    this.#frontEnd?.end();
    for (const socket of this.#diallers.clear()) this.#os.vsockClose(this.#device, socket);
    this.#os.close(this.#frontEnds);
    this.#os.close(this.#connects);
    this.#os.vsockDestroy(this.#device);
  }

  #readText(socket: number, capacity: number): string | number {
    const got = this.#os.vsockRead(socket, PLACE.line, capacity);
    return got < 0 ? got : Buffer.from(this.#memory.bytes.subarray(PLACE.line, PLACE.line + got)).toString('latin1');
  }

  #log(level: 'info' | 'warn', text: string): void {
    this.#options.log(level, text);
  }
}
