/**
 * Flow control of virtio-vsock (virtio 1.x §5.10.6.3): each side says how large its buffer is (buf_alloc) and how many bytes
 * have left it since the beginning (fwd_cnt); whoever sends counts what it has sent. Counters are 32 bits wide and wrap.
 */

/** What we may send: the guest's buffer as it describes it. */
export class SendCredit {
  #allocated = 0;
  #forwarded = 0;
  #sent = 0;

  /**
   * Takes buf_alloc and fwd_cnt of a packet. A fwd_cnt outside what has been sent and not yet been confirmed is passed over:
   * it is a lie, or it is old (Linux's threads compose packets in one order and may queue them in another).
   */
  update(allocated: number, forwarded: number): void {
    this.#allocated = allocated;
    if (distance(forwarded, this.#forwarded) <= this.inFlight) this.#forwarded = forwarded;
  }

  /** Bytes sent that have not left the guest's buffer as far as we know. */
  get inFlight(): number {
    return distance(this.#sent, this.#forwarded);
  }

  /** Bytes that may be sent now. The guest may have made its buffer smaller than what is in it: then 0. */
  get available(): number {
    return Math.max(this.#allocated - this.inFlight, 0);
  }

  sent(bytes: number): void {
    this.#sent = (this.#sent + bytes) >>> 0;
  }
}

/** What the guest may send to us. */
export class ReceiveCredit {
  /** our buf_alloc: never made smaller, the guest may have used it already */
  readonly allocated: number;
  #received = 0;
  #forwarded = 0;
  #told = 0;

  constructor(allocated: number) {
    this.allocated = allocated;
  }

  /** Bytes that have arrived and not left. */
  get held(): number {
    return distance(this.#received, this.#forwarded);
  }

  /** Bytes arrive. False: more than was allowed, nothing is counted. */
  receive(bytes: number): boolean {
    if (bytes > this.allocated - this.held) return false;
    this.#received = (this.#received + bytes) >>> 0;
    return true;
  }

  /** Bytes have left the buffer. */
  forward(bytes: number): void {
    this.#forwarded = (this.#forwarded + bytes) >>> 0;
  }

  /** fwd_cnt of a packet. */
  get forwarded(): number {
    return this.#forwarded;
  }

  /** A packet with this fwd_cnt has gone to the guest. */
  told(forwarded: number): void {
    this.#told = forwarded;
  }

  /**
   * The guest could soon stand still for want of news. At a quarter, so that it never has to wait while we have room, with a
   * packet of 64 KiB in a buffer of 256.
   */
  get overdue(): boolean {
    return distance(this.#forwarded, this.#told) >= this.allocated / 4;
  }
}

/** How far `later` is ahead of `earlier`, modulo 2^32. */
function distance(later: number, earlier: number): number {
  return (later - earlier) >>> 0;
}
