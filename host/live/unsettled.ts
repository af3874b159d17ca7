/**
 * What others carry out for the guest and nobody tells the end of: operations of the pool, and the close of a descriptor that one
 * of them, or the data lane, still uses. That the handle's pins are gone is the sign; what happened is in the feed by then.
 */
import type { Context } from '../context.js';
import { Field, type Snapshots } from '../snapshot/snapshots.js';
import type { Observer } from './observer.js';
import { type Own, Touch } from './own.js';

export class Unsettled {
  /** handles that were given back while an operation still used them, and the keys of their objects */
  private closing: (readonly [handle: number, identity: string])[] = [];

  constructor(
    private readonly c: Context,
    private readonly own: Own,
    private readonly observer: Observer,
    private readonly snapshots: Snapshots,
  ) {}

  closedLater(handle: number, identity: string): void {
    this.closing.push([handle, identity]);
  }

  /** Something has ended that a drain would settle. */
  get isDue(): boolean {
    return this.own.hasLoose && this.inPool().length > 0;
  }

  /** Before a drain. Result: to be called when what it told has been judged. */
  before(): () => void {
    const pool = this.inPool();
    for (const [, identity] of this.closing) this.own.touchForgotten(identity, Touch.CLOSED);
    const closed = new Set(this.closing.filter(([handle]) => this.c.os.slotPins(handle) === 0));
    return () => {
      for (const slot of pool) this.settle(slot);
      if (closed.size > 0) this.closing = this.closing.filter((one) => !closed.has(one));
    };
  }

  /** Nodes that the pool has done with: all events of what it did are in the feed, and its states are the guest's. */
  private inPool(): number[] {
    const { handles, os } = this.c;
    return [...this.own.loosened].filter((slot) => {
      let pins = 0;
      handles.each(slot, (handle) => {
        pins += os.slotPins(handle);
      });
      return pins === 0;
    });
  }

  private settle(slot: number): void {
    this.own.tighten(slot);
    // Not every name of it need be one whose events are told.
    if (this.observer.lookAtNode(slot) !== 0) return;
    this.snapshots.changed(this.observer.row, Field.SIZE | Field.MTIME | Field.MODE);
  }
}
