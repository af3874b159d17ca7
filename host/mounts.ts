/** The mounts of this daemon and their places: made, found, taken away. */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { ActiveMount } from './active-mount.js';
import type { Mount, MountRequest, UnmountRequest } from './api.js';
import { BoundMount } from './bound-mount.js';
import type { Config } from './config.js';
import { identityOf, inspectTarget } from './local-target.js';
import { LOCAL_GUEST } from './mount-options.js';
import { type MountPlan, settle } from './mount-plan.js';
import { checkPlacement, chooseName, type Placed, unmountOrder } from './mount-rules.js';
import type { MountServices } from './mount-services.js';
import { messageOf, Problem } from './problem.js';
import { badSource, innermost, notShared, realDirectory, type Shares } from './shares.js';
import { type ServedRoot, Superblocks } from './superblocks.js';
import { WantedMount, WantedMounts } from './wanted-mounts.js';

export interface MountsOptions extends MountServices {
  readonly shares: Shares;
  readonly config: () => Config;
  /** of a guest that is not this machine: its agent is there; it may come; nothing is known of it */
  readonly guestState: (guest: string) => 'connected' | 'known' | 'unknown';
  /** its agent shows parts of superblocks (BINDS) */
  readonly binds: (guest: string) => boolean;
  /** where the mounts of guests are remembered */
  readonly wantedFile: string;
  /** the set of mounts has changed */
  readonly changed: (mounts: readonly Mount[]) => void;
}

type BroughtMount = ActiveMount | BoundMount;

export class Mounts {
  readonly #options: MountsOptions;
  readonly #superblocks: Superblocks;
  readonly #mounts = new Map<number, BroughtMount>();
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #wanted: WantedMounts;
  /** by guest */
  readonly #restoring = new Map<string, Promise<void>>();
  #lastId = 0;
  #closing = false;

  constructor(options: MountsOptions) {
    this.#options = options;
    this.#superblocks = new Superblocks({ ...options, nextId: () => this.#nextId() });
    this.#wanted = new WantedMounts(options.wantedFile, options.log, () => this.#nextId());
  }

  /** Those there are. */
  get active(): readonly BroughtMount[] {
    return [...this.#mounts.values()];
  }

  /** Those there are, and those that a guest is to have. */
  get list(): readonly (BroughtMount | WantedMount)[] {
    return [...this.active, ...this.#deferred()];
  }

  /** @throws Problem; nothing is left of the mount then */
  async add(request: MountRequest): Promise<Mount> {
    if (this.#closing) throw new Problem('not-running', 'daemon', 'it is ending', 'Try again when it is gone');
    const adding = this.#add(request);
    this.#underWay.add(adding);
    try {
      return await adding;
    } finally {
      this.#underWay.delete(adding);
    }
  }

  async #add(request: MountRequest): Promise<Mount> {
    const { policy, ownership, readOnly } = settle(request, this.#options.config().defaults);
    const { source, root } = await this.#sharedDirectory(request.source);
    const wanted = await this.#place(request, source);
    // Nothing may be awaited between this check and the reservation: two requests could get the same place.
    checkPlacement(wanted, this.#placed());
    const name = chooseName(request.name, source, new Set(this.#placed().map((other) => other.name)));
    const placed = { ...wanted, name };
    const plan: MountPlan = { placed, askedTarget: request.target, policy, ownership, readOnly };
    const { guest, local } = placed;
    const state = local ? 'connected' : this.#options.guestState(guest);
    if (state === 'unknown') {
      const hint = `Start it: osmofs vm start ${guest}; those there are: osmofs vm ls`;
      throw new Problem('not-found', guest, 'no such guest', hint);
    }
    if (state === 'known') {
      const deferred = new WantedMount(this.#nextId(), plan);
      this.#wanted.add(deferred);
      this.#changed();
      this.#options.log('info', `mount ${name}: ${source} waits for ${guest}`);
      return deferred.view;
    }
    const mount = await this.#bring(plan, root);
    if (!local) this.#wanted.add(new WantedMount(mount.id, plan, mount.since));
    return mount.view;
  }

  /** @throws Problem; nothing is left of the mount then */
  async #bring(plan: MountPlan, root: ServedRoot): Promise<BroughtMount> {
    const { placed } = plan;
    const mount = this.#make(plan, root);
    this.#mounts.set(mount.id, mount);
    this.#changed();
    try {
      await mount.bring();
    } catch (error) {
      await mount.end(`it could not be mounted: ${messageOf(error)}`);
      throw error;
    }
    this.#options.log('info', `mount ${placed.name}: ${placed.source} is at ${placed.target} of ${placed.guest}`);
    this.#changed();
    return mount;
  }

  /** A mount of its own, or a part of a superblock that is rooted at the share root. */
  #make(plan: MountPlan, root: ServedRoot): BroughtMount {
    const { placed, askedTarget, policy, ownership, readOnly } = plan;
    const id = this.#nextId();
    const changed = () => this.#changed();
    return !placed.local && this.#options.binds(placed.guest)
      ? new BoundMount(id, plan, root, this.#options, this.#superblocks, changed)
      : new ActiveMount(id, placed, askedTarget, policy, ownership, readOnly, this.#options, changed);
  }

  /** Gives a guest whose agent has connected what it is to have; never rejects. What fails stays deferred. */
  restore(guest: string): Promise<void> {
    const before = this.#restoring.get(guest) ?? Promise.resolve();
    const restoring = before.then(() => this.#restore(guest));
    this.#restoring.set(guest, restoring);
    this.#underWay.add(restoring);
    return restoring.finally(() => {
      this.#underWay.delete(restoring);
      if (this.#restoring.get(guest) === restoring) this.#restoring.delete(guest);
    });
  }

  async #restore(guest: string): Promise<void> {
    // What the agent before this one had is gone; here its places are free when it has ended.
    const old = this.active.filter(({ placed, orphaned }) => placed.guest === guest && orphaned);
    await Promise.all(old.map((mount) => mount.end('its agent is gone', 'abandoned')));
    for (const wanted of this.#deferred().filter(({ placed }) => placed.guest === guest)) {
      if (this.#closing) return;
      try {
        const { root } = await this.#sharedDirectory(wanted.placed.source);
        // It may have been taken away meanwhile, or somebody else has brought it.
        if (this.#deferred().includes(wanted)) await this.#bring(wanted.plan, root);
        wanted.problem = '';
      } catch (error) {
        wanted.problem = messageOf(error);
        this.#options.log('warn', `mount ${wanted.name}: ${guest} cannot have it: ${messageOf(error)}`);
      }
    }
  }

  /** The guest is gone for good, and so is what it was to have. */
  forget(guest: string): void {
    for (const { name, placed } of this.#wanted.list) if (placed.guest === guest) this.#wanted.delete(name);
    this.#changed();
  }

  /** Resolved paths of the directory and of the innermost share root that covers it. */
  async #sharedDirectory(path: string): Promise<{ source: string; root: ServedRoot }> {
    const source = await realDirectory(path);
    const root = innermost(await this.#options.shares.list(), source)?.real;
    if (root === undefined) throw notShared(path);
    await access(source, constants.R_OK | constants.X_OK).catch((error) => {
      throw badSource(path, error);
    });
    return { source, root: { path: root, identity: await identityOf(root) } };
  }

  async #place(request: MountRequest, source: string): Promise<Placed> {
    const { target, guest = LOCAL_GUEST, name = '' } = request;
    const local = guest === LOCAL_GUEST;
    const asked: Placed = { name, guest, source, target, local, sourceIdentity: '', targetAncestry: [] };
    if (!local) return asked;
    // First by the words alone: a known mount is named, and no path into one that hangs is walked.
    checkPlacement(asked, this.#placed());
    const { path, ancestry } = await inspectTarget(target, request.nonempty === true);
    return { ...asked, target: path, sourceIdentity: await identityOf(source), targetAncestry: ancestry };
  }

  /** @returns what is gone. @throws Problem of the first that stays, after all have been tried */
  async remove(request: UnmountRequest): Promise<Mount[]> {
    const gone: Mount[] = [];
    const failures: unknown[] = [];
    const selected = this.#select(request.select);
    for (const mount of selected.filter((each) => each instanceof WantedMount)) {
      this.#wanted.delete(mount.name);
      gone.push(mount.view);
    }
    for (const mount of this.#inOrder(selected.filter(isBrought))) {
      try {
        await mount.unmount(request.lazy);
        this.#wanted.delete(mount.name);
        gone.push(mount.view);
      } catch (error) {
        failures.push(error);
      }
    }
    this.#changed();
    if (failures.length > 0) throw failures[0];
    return gone;
  }

  #select(select: UnmountRequest['select']): (BroughtMount | WantedMount)[] {
    const attached = this.list.filter((mount) => mount.attached);
    if (select === 'all') return attached.filter(({ state }) => state === 'mounted' || state === 'deferred');
    const named = 'name' in select ? attached.find(({ name }) => name === select.name) : undefined;
    const at = ({ placed, askedTarget }: BroughtMount | WantedMount) =>
      placed.target === select.target || askedTarget === select.target;
    const found = named === undefined ? attached.filter(at) : [named];
    if (found.length === 1) return found;
    if (found.length > 1) {
      const names = found.map(({ name, placed }) => `${name} in ${placed.guest}`).join(', ');
      throw new Problem(
        'conflict',
        select.target,
        `a mount point in several guests (${names})`,
        'Say its name instead',
      );
    }
    const thing = 'name' in select ? select.name : select.target;
    throw new Problem('not-found', thing, 'no osmofs mount', 'See them with: osmofs ls');
  }

  /**
   * Unmounts all, for good; guests get theirs again from the next daemon. With `force`, what is busy is detached; without,
   * that is a failure and the daemon goes on.
   *
   * @returns names of those that are gone
   */
  async close(force: boolean): Promise<string[]> {
    this.#closing = true;
    await Promise.allSettled(this.#underWay);
    const gone: string[] = [];
    const failures: unknown[] = [];
    const mounted = this.#select('all').filter(isBrought);
    for (const mount of this.#inOrder(mounted)) {
      try {
        await mount.unmount(false).catch((error) => {
          if (!force) throw error;
          return mount.unmount(true);
        });
        gone.push(mount.name);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0 && !force) {
      this.#closing = false;
      throw failures[0];
    }
    await Promise.all(this.active.map((mount) => mount.end('the daemon ends')));
    await this.#superblocks.end('the daemon ends');
    return gone;
  }

  #inOrder(mounts: readonly BroughtMount[]): BroughtMount[] {
    const order = unmountOrder(mounts.map(({ placed }) => placed));
    return order.map((placed) => mounts.find((mount) => mount.placed === placed)!);
  }

  #placed(): Placed[] {
    return this.list.filter(({ attached }) => attached).map(({ placed }) => placed);
  }

  /** Those of the wanted ones that are neither there nor on their way. */
  #deferred(): WantedMount[] {
    const there = new Set(this.active.filter(({ attached }) => attached).map(({ name }) => name));
    return this.#wanted.list.filter(({ name }) => !there.has(name));
  }

  #changed(): void {
    for (const mount of this.active) if (mount.ended) this.#mounts.delete(mount.id);
    this.#options.changed(this.list.map(({ view }) => view));
  }

  #nextId(): number {
    do this.#lastId = this.#lastId === 0xffff_ffff ? 1 : this.#lastId + 1;
    while (this.#isTaken(this.#lastId));
    return this.#lastId;
  }

  #isTaken(id: number): boolean {
    return this.#mounts.has(id) || this.#superblocks.has(id) || this.#wanted?.list.some((each) => each.id === id);
  }
}

function isBrought(mount: BroughtMount | WantedMount): mount is BroughtMount {
  return !(mount instanceof WantedMount);
}
