/** One mount that is a bind of a directory of a superblock (superblocks.ts), from its reservation to its end, whoever ends it. */
import { Errno } from '../protocol/errno.js';
import { ANNOUNCEMENTS_FEATURE, WRITE_BEHIND } from '../protocol/version.js';
import type { AgentSession } from './agent-session.js';
import type { Mount, MountState, MountStatistics } from './api.js';
import { type CachePolicy, grant } from './cache/policy.js';
import type { Log } from './log.js';
import { guestFailed, overtaken, stays } from './mount-failure.js';
import type { Ownership } from './mount-options.js';
import type { MountPlan } from './mount-plan.js';
import type { Placed } from './mount-rules.js';
import type { MountServices } from './mount-services.js';
import { messageOf, Problem } from './problem.js';
import type { ServedRoot, Superblock, Superblocks } from './superblocks.js';

export class BoundMount {
  readonly since = new Date();
  readonly #plan: MountPlan;
  readonly #root: ServedRoot;
  readonly #services: MountServices;
  readonly #superblocks: Superblocks;
  readonly #changed: () => void;
  #policy: CachePolicy;
  #state: MountState = 'mounting';
  #session: AgentSession | undefined;
  #superblock: Superblock | undefined;
  /** undoes, last first, what was set up for it on our side */
  readonly #undo: (() => void)[] = [];
  #ending: Promise<void> | undefined;
  #ended = false;

  /** @param root covers the source */
  constructor(
    readonly id: number,
    plan: MountPlan,
    root: ServedRoot,
    services: MountServices,
    superblocks: Superblocks,
    changed: () => void,
  ) {
    this.#plan = plan;
    this.#policy = plan.policy;
    this.#root = root;
    this.#services = services;
    this.#superblocks = superblocks;
    this.#changed = changed;
  }

  get placed(): Placed {
    return this.#plan.placed;
  }

  get askedTarget(): string {
    return this.#plan.askedTarget;
  }

  get ownership(): Ownership {
    return this.#plan.ownership;
  }

  get readOnly(): boolean {
    return this.#plan.readOnly;
  }

  get name(): string {
    return this.placed.name;
  }

  /** The number that the agent counts requests under. */
  get superblockId(): number {
    return this.#superblock?.mount.id ?? this.id;
  }

  /** What the guest could reach through it, whatever it shows. */
  get servedRoot(): string {
    return this.#root.path;
  }

  get state(): MountState {
    return this.#state;
  }

  /** Nothing is left of it. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Whether its name and target are taken. A detached one only goes on serving what is still open. */
  get attached(): boolean {
    return this.#state !== 'detached';
  }

  /** Its agent is gone, and the mount soon will be. */
  get orphaned(): boolean {
    return this.#session?.ended === true;
  }

  get view(): Mount {
    const { name, source, target, guest } = this.placed;
    return {
      id: this.id,
      ...{ name, source, target, guest },
      consistency: { requested: this.#policy.requested, granted: this.#policy.granted },
      ...{ ownership: this.ownership, readOnly: this.readOnly, state: this.#state },
      since: this.since.toISOString(),
    };
  }

  /** Makes it appear in the guest. @throws Problem or a system error; the caller then ends it */
  async bring(): Promise<void> {
    const { source, target, guest } = this.placed;
    const session = await this.#services.session(guest);
    this.#session = session;
    const told = session.agreed.features.includes(ANNOUNCEMENTS_FEATURE);
    const behind = session.agreed.features.includes(WRITE_BEHIND) && !this.readOnly;
    this.#policy = grant(this.#policy.requested, told, behind);
    this.#undo.push(this.#watch(session));
    const leave = await this.#services.overlap.enter(source, this.#policy.granted);
    this.#undo.push(leave);
    if (this.#ending !== undefined) {
      leave();
      throw overtaken(target);
    }
    this.#superblock = this.#superblocks.take(this, this.#plan, this.#root, this.#policy.granted);
    await this.#superblocks.prepare(this.#superblock);
    this.#policy = { ...this.#policy, granted: this.#superblock.mount.view.consistency.granted };
    const { errno, message } = await this.#bind(session, this.#superblock.mount.id);
    if (errno !== 0) throw guestFailed(target, errno, message);
    if (this.#ending !== undefined) throw overtaken(target);
    this.#state = 'mounted';
  }

  async #bind(session: AgentSession, superblockId: number) {
    const { source, target } = this.placed;
    const root = this.#root;
    const below = root.path === '/' ? source.slice(1) : source.slice(root.path.length + 1);
    const [directory, place] = [Buffer.from(below), Buffer.from(target)];
    const { readOnly } = this;
    try {
      return await session.bind({ mountId: this.id, superblockId, directory, target: place, readOnly });
    } catch (error) {
      // It may still come about; then it goes again at once.
      if (!session.ended) session.unmount(this.id, true).catch(() => {});
      throw error;
    }
  }

  /** @returns stops watching */
  #watch(session: AgentSession): () => void {
    const mountEnded = (id: number, reason: string) => {
      if (id === this.id) void this.#lost(reason === '' ? 'the guest unmounted it' : reason, 'nothing');
    };
    const ended = (reason: string) => void this.#lost(`the agent is gone: ${reason}`, 'abandoned');
    session.on('mountEnded', mountEnded).on('ended', ended);
    return () => session.off('mountEnded', mountEnded).off('ended', ended);
  }

  /** Nothing is left of what it showed. */
  superblockEnded(): Promise<void> {
    return this.#lost('its superblock has ended', 'nothing');
  }

  /** It ended without having been asked to, or a detached one has come to its end. */
  async #lost(reason: string, left: 'nothing' | 'abandoned'): Promise<void> {
    if (this.#ending !== undefined) return;
    const expected = this.#state === 'detached' || this.#state === 'unmounting';
    this.#log(expected ? 'info' : 'warn', `ended: ${reason}`);
    await this.end(reason, left);
  }

  /**
   * Takes it out of the guest's tree.
   *
   * @throws Problem 'busy' and others; it then stays as it was
   */
  async unmount(lazy: boolean): Promise<void> {
    const session = this.#session;
    const superblock = this.#superblock;
    const { target } = this.placed;
    if (this.#state !== 'mounted' || session === undefined || superblock === undefined) {
      throw new Problem('conflict', target, `it is ${this.#state} at the moment`, 'Try again');
    }
    this.#state = 'unmounting';
    try {
      await this.drain().catch((error) => {
        // Those who still use it hear of it, too.
        if (!lazy) throw error;
      });
      const { errno, message } = await session.unmount(this.id, lazy);
      if (errno !== 0 && errno !== Errno.ENOENT) throw stays(target, this.name, errno, message);
    } catch (error) {
      if (this.#ending !== undefined) return;
      this.#state = 'mounted';
      throw error;
    }
    // With the last one the superblock goes, unless open files or other binds of it in the guest go on.
    const gone = await this.#superblocks.leave(this, superblock);
    if (this.#ending === undefined && !gone) return this.#detached();
    if (this.#ending === undefined) this.#log('info', 'was unmounted');
    await this.end('it was unmounted');
  }

  /** Has what the guest keeps of its superblock written. @throws Problem, see {@link ActiveMount.drain} */
  async drain(): Promise<void> {
    await this.#superblock?.mount.drain(this.placed.target);
  }

  #detached(): void {
    this.#state = 'detached';
    this.#log('info', 'was detached, and ends with its last user');
    this.#changed();
  }

  /** Ends our side of it, and what the guest may have left of it; its place is free afterwards. Once, whoever asks. */
  end(reason: string, left: 'nothing' | 'abandoned' = 'nothing'): Promise<void> {
    // Not at once: what ends on the way tells us so, and must find that we know.
    this.#ending ??= Promise.resolve().then(() => this.#end(reason, left));
    return this.#ending;
  }

  async #end(reason: string, left: 'nothing' | 'abandoned'): Promise<void> {
    const wasThere = this.#state === 'mounting' || this.#state === 'mounted';
    if (this.attached) this.#state = 'unmounting';
    for (const undo of this.#undo.splice(0).reverse()) undo();
    const session = this.#session;
    const superblock = this.#superblock;
    try {
      if (superblock !== undefined) {
        if (wasThere && left === 'nothing' && session?.ended === false) await session.unmount(this.id, true);
        await this.#superblocks.leave(this, superblock);
      }
    } catch (error) {
      this.#log('warn', `did not end in good order (${reason}): ${messageOf(error)}`);
    }
    this.#ended = true;
    this.#changed();
  }

  /** Of its superblock, which others may use too; null if it does not answer within `patience` ms. */
  async statistics(patience: number): Promise<MountStatistics | null> {
    return this.#superblock === undefined ? null : await this.#superblock.mount.statistics(patience);
  }

  #log(level: Parameters<Log>[0], text: string): void {
    this.#services.log(level, `mount ${this.name} at ${this.placed.target} ${text}`);
  }
}
