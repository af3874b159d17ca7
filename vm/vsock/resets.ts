/** RST packets that wait for a buffer of the guest: they belong to no connection, so they are bounded on their own. */
import { emptyHeader, type Header, Op } from './packet.js';

const MOST = 1024;
/** One packet can cause one reset, and a tick one for each connection: beyond MOST no packet is taken. */
export class Resets {
  #waiting: Header[] = [];

  get empty(): boolean {
    return this.#waiting.length === 0;
  }

  get full(): boolean {
    return this.#waiting.length >= MOST;
  }

  get first(): Readonly<Header> | undefined {
    return this.#waiting[0];
  }

  push(guestCid: number, guestPort: number, hostCid: number, hostPort: number, type: number): void {
    this.#waiting.push({
      ...emptyHeader(),
      srcCid: hostCid,
      srcPort: hostPort,
      dstCid: guestCid,
      dstPort: guestPort,
      type,
      op: Op.RST,
    });
  }

  shift(): void {
    this.#waiting.shift();
  }

  clear(): void {
    this.#waiting = [];
  }
}
