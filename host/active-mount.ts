/** One mount from its reservation to its end, whoever ends it. Its place among the others is mounts.ts's business. */
import { randomBytes } from 'node:crypto';
import type { Grants } from '../protocol/control-messages.js';
import { Errno } from '../protocol/errno.js';
import { ANNOUNCEMENTS_FEATURE, LANE_SECRET_BYTES, MAX_IO, WRITE_BEHIND } from '../protocol/version.js';
import type { AgentSession } from './agent-session.js';
import type { ExpectedLanes } from './agents.js';
import type { Mount, MountState, MountStatistics } from './api.js';
import type { CachePolicy } from './cache/policy.js';
import type { Log } from './log.js';
import { guestFailed, overtaken, stays } from './mount-failure.js';
import type { Ownership } from './mount-options.js';
import type { Placed } from './mount-rules.js';
import type { MountServices, Served } from './mount-services.js';
import { needsDefaultPermissions } from './ownership/kind.js';
import { messageOf, Problem } from './problem.js';

/** What the guest has of a mount that has ended here. */
type Left = 'nothing' | 'mounted' | 'abandoned';

export class ActiveMount {
  readonly since = new Date();
  readonly #services: MountServices;
  readonly #changed: () => void;
  #policy: CachePolicy;
  #state: MountState = 'mounting';
  #session: AgentSession | undefined;
  #served: Served | undefined;
  /** undoes, last first, what was set up for it on our side */
  readonly #undo: (() => void)[] = [];
  #ending: Promise<void> | undefined;
  #ended = false;

  constructor(
    readonly id: number,
    readonly placed: Placed,
    /** as it was asked for, before links were resolved */
    readonly askedTarget: string,
    policy: CachePolicy,
    readonly ownership: Ownership,
    readonly readOnly: boolean,
    services: MountServices,
    changed: () => void,
  ) {
    this.#policy = policy;
    this.#services = services;
    this.#changed = changed;
  }

  get name(): string {
    return this.placed.name;
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

  /** Nobody in the guest sees it: it is there for binds of its directories (bound-mount.ts). */
  get isHidden(): boolean {
    return this.placed.target === '';
  }

  /** What a failure is of. */
  get #thing(): string {
    return this.isHidden ? this.name : this.placed.target;
  }

  /** What the guest could reach through it. */
  get servedRoot(): string {
    return this.placed.source;
  }

  /** The number that the agent counts requests under. */
  get superblockId(): number {
    return this.id;
  }

  get view(): Mount {
    const { name, source, target, guest } = this.placed;
    return {
      id: this.id,
      name,
      source,
      target,
      guest,
      consistency: { requested: this.#policy.requested, granted: this.#policy.granted },
      ownership: this.ownership,
      readOnly: this.readOnly,
      state: this.#state,
      since: this.since.toISOString(),
    };
  }

  /** Makes it appear in the guest. @throws Problem or a system error; the caller then ends it */
  async bring(): Promise<void> {
    const { id, name, placed, ownership, readOnly } = this;
    const { budget, serve, expectLanes, overlap } = this.#services;
    const session = await this.#services.session(placed.guest);
    this.#session = session;
    const descriptorBudget = budget.take();
    this.#undo.push(() => budget.give(descriptorBudget));
    const mode = this.#policy.requested;
    const told = session.agreed.features.includes(ANNOUNCEMENTS_FEATURE);
    const behind = session.agreed.features.includes(WRITE_BEHIND);
    const serving = { id, name, root: placed.source, mode, ownership, readOnly, told, behind, descriptorBudget };
    const served = await serve(serving);
    this.#served = served;
    served.on('log', (text) => this.#log('warn', `: ${text}`));
    await served.open();
    this.#policy = served.policy;
    served.once('ended', (reason) => void this.#lost(reason, 'mounted'));
    this.#undo.push(this.#watch(session), overlap.attend(served, this.#policy.granted));
    // A superblock of which parts are shown rules nothing by itself: the parts do.
    const leave = this.isHidden ? () => {} : await overlap.enter(placed.source, this.#policy.granted);
    this.#undo.push(leave);
    if (this.#ending !== undefined) {
      leave();
      throw overtaken(this.#thing);
    }
    const secret = randomBytes(LANE_SECRET_BYTES);
    const attach: ExpectedLanes['attach'] = (kind, descriptor, shared) => {
      try {
        served.attachLane(kind, descriptor, shared);
      } catch (error) {
        // One mount's failure is not the daemon's.
        void this.#lost(`its ${kind} lane cannot be served: ${messageOf(error)}`, 'mounted');
      }
    };
    this.#undo.push(expectLanes(id, { guest: placed.guest, secret, attach }));
    const reply = await this.#tell(session, secret, served.grants);
    if (reply.errno !== 0) throw guestFailed(this.#thing, reply.errno, reply.message);
    if (this.#ending === undefined) this.#state = 'mounted';
    else await this.#giveUp(session);
  }

  async #tell(session: AgentSession, laneSecret: Uint8Array, grants: Grants) {
    try {
      return await session.mount({
        mountId: this.id,
        target: Buffer.from(this.placed.target),
        source: this.placed.source,
        readOnly: this.readOnly,
        defaultPermissions: needsDefaultPermissions(this.ownership.kind),
        laneSecret,
        maxRead: MAX_IO,
        allowOther: true,
        writeBehind: this.#policy.writeBehind,
        ...grants,
      });
    } catch (error) {
      // It may still come about; then it goes again at once.
      if (!session.ended) session.unmount(this.id, true).catch(() => {});
      throw error;
    }
  }

  /** Its server ended while the agent was mounting it. */
  async #giveUp(session: AgentSession): Promise<never> {
    if (!session.ended) await session.unmount(this.id, true).catch(() => {});
    throw overtaken(this.#thing);
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

  /** It ended without having been asked to, or a detached one has come to its end. */
  async #lost(reason: string, left: Left): Promise<void> {
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
    if (this.#state !== 'mounted' || session === undefined) {
      throw new Problem('conflict', this.placed.target, `it is ${this.#state} at the moment`, 'Try again');
    }
    this.#state = 'unmounting';
    try {
      await this.drain().catch((error) => {
        // Those who still use it hear of it, too.
        if (!lazy) throw error;
      });
      const reply = await session.unmount(this.id, lazy);
      if (reply.errno !== 0 && reply.errno !== Errno.ENOENT)
        throw stays(this.#thing, this.name, reply.errno, reply.message);
      // With a remark it is out of the tree, but open files or bind mounts go on; their end will be reported.
      if (reply.errno === 0 && reply.message !== '' && this.#ending === undefined) return this.#detached();
    } catch (error) {
      if (this.#ending !== undefined) return;
      this.#state = 'mounted';
      throw error;
    }
    if (this.#ending === undefined) this.#log('info', 'was unmounted');
    await this.end('it was unmounted');
  }

  /**
   * Has what the guest keeps written.
   *
   * @param thing what a failure is of
   * @throws Problem if not everything that was written, since the last time, could be
   */
  async drain(thing = this.#thing): Promise<void> {
    if (!this.#policy.writeBehind || this.#session === undefined) return;
    const { errno, message } = await this.#session.drain(this.id);
    if (errno === 0 || errno === Errno.ENOENT) return;
    this.#log('error', `: ${message}`);
    const hint =
      'Make room or whatever the host needs, and write it again; this is said once, and the next try goes on';
    throw new Problem('guest-failed', thing, message, hint);
  }

  #detached(): void {
    this.#state = 'detached';
    this.#log('info', 'was detached, and ends with its last user');
    this.#changed();
  }

  /** Ends our side of it, then what the guest has `left`; its place is free afterwards. Once, whoever asks. */
  end(reason: string, left: Left = 'nothing'): Promise<void> {
    // Not at once: what ends on the way tells us so, and must find that we know.
    this.#ending ??= Promise.resolve().then(() => this.#end(reason, left));
    return this.#ending;
  }

  async #end(reason: string, left: Left): Promise<void> {
    const wasMounted = this.#state === 'mounted';
    if (this.attached) this.#state = 'unmounting';
    for (const undo of this.#undo.splice(0).reverse()) undo();
    try {
      await this.#served?.end(reason);
      // Without a server every access in the guest would fail.
      if (left === 'mounted' && wasMounted) await this.#session?.unmount(this.id, true).catch(() => {});
      // The news that its lanes are closed and that its agent is dead may come in any order.
      if (left === 'abandoned' || this.#session?.ended) {
        await this.#services.clearAway(this.placed);
      }
    } catch (error) {
      this.#log('warn', `did not end in good order: ${messageOf(error)}`);
    }
    this.#ended = true;
    this.#changed();
  }

  /** See {@link Served.show}. */
  async show(descriptors: readonly number[]): Promise<void> {
    await this.#served?.show(descriptors);
  }

  /** null if the mount does not answer within `patience` ms. */
  async statistics(patience: number): Promise<MountStatistics | null> {
    if (this.#served === undefined || this.#state === 'mounting') return null;
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<null>((resolve) => {
      timer = setTimeout(resolve, patience, null);
    });
    try {
      return await Promise.race([this.#served.statistics(), tooLong]);
    } catch {
      return null;
    } finally {
      clearTimeout(timer);
    }
  }

  #log(level: Parameters<Log>[0], text: string): void {
    const what = this.isHidden ? this.name : `mount ${this.name} at ${this.placed.target}`;
    this.#services.log(level, `${what}${text.startsWith(':') ? '' : ' '}${text}`);
  }
}
