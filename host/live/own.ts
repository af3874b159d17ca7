/**
 * What the guest itself has changed since the feed was last drained, so that its own events can be told from the host's.
 *
 * An operation's events are in the feed before its system call returns, and a drain takes all of them. So an event of a name or
 * an inode that is not listed here is the host's doing for certain; of one that is listed it may be either, and the
 * state decides. No timers.
 */

/** What an operation of the guest did to an inode. */
export const Touch = { CONTENT: 1, ATTRIBUTES: 2, CLOSED: 4 } as const;

export class Own {
  private names = new Map<number, Set<string>>();
  /** names, about */
  private count = 0;
  private touched = new Map<number, number>();
  /** nodes whose content the pool is changing, and how many of its operations began */
  private readonly loose = new Map<number, number>();
  private gone = new Map<string, number>();

  /** `settled`: so many operations of the pool on the node have ended. */
  constructor(private readonly settled: (slot: number, operations: number) => void) {}

  /** A name (latin1) of a directory (slot) was made, removed or moved. */
  name(directory: number, name: string): void {
    const names = this.names.get(directory);
    this.count++;
    if (names === undefined) this.names.set(directory, new Set([name]));
    else names.add(name);
  }

  hasName(directory: number, name: string): boolean {
    return this.names.size > 0 && this.names.get(directory)?.has(name) === true;
  }

  touch(slot: number, bits: number): void {
    this.touched.set(slot, (this.touched.get(slot) ?? 0) | bits);
  }

  /** Bits of {@link Touch}. */
  touches(slot: number): number {
    return this.touched.size === 0 ? 0 : (this.touched.get(slot) ?? 0);
  }

  /**
   * The pool changes the content from now on: until it has ended, new states are taken for the guest's. Nobody tells of its end,
   * except that the handle's pins go.
   */
  loosen(slot: number): void {
    this.loose.set(slot, (this.loose.get(slot) ?? 0) + 1);
  }

  /** Nodes that the pool has to do with. */
  get loosened(): Iterable<number> {
    return this.loose.keys();
  }

  get hasLoose(): boolean {
    return this.loose.size > 0;
  }

  /** The pool has done with the node. */
  tighten(slot: number): void {
    const operations = this.loose.get(slot);
    if (operations === undefined) return;
    this.loose.delete(slot);
    this.settled(slot, operations);
  }

  isLoose(slot: number): boolean {
    return this.loose.size > 0 && this.loose.has(slot);
  }

  /** The guest forgets a node, but not what it did: `identity` of the object, until the feed has been drained. */
  forgotten(slot: number, identity: string): void {
    const bits = this.touches(slot);
    if (bits !== 0) this.touchForgotten(identity, bits);
    this.forget(slot);
  }

  /** As `touch`, for an object that the guest may have forgotten. */
  touchForgotten(identity: string, bits: number): void {
    this.gone.set(identity, (this.gone.get(identity) ?? 0) | bits);
  }

  /** What the guest did to an object that it has forgotten, or may have. */
  touchesOfForgotten(identity: string): number {
    return this.gone.size === 0 ? 0 : (this.gone.get(identity) ?? 0);
  }

  private forget(slot: number): void {
    this.tighten(slot);
    this.names.delete(slot);
    this.touched.delete(slot);
  }

  get touchesAnything(): boolean {
    return this.touched.size + this.gone.size > 0;
  }

  /** How much has been collected: a drain is due now and then, if only to forget it. */
  get size(): number {
    return this.count + this.touched.size + this.gone.size;
  }

  /** The feed has been drained. */
  clear(): void {
    if (this.names.size > 0) this.names = new Map();
    this.count = 0;
    if (this.touched.size > 0) this.touched = new Map();
    if (this.gone.size > 0) this.gone = new Map();
  }
}
