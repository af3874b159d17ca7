/**
 * The superblocks of guests that show parts of them: one for each share root, granted mode and ownership of a guest. Read-only is each
 * mount's own affair: a bind is read-only, not the superblock.
 */
import { ActiveMount } from './active-mount.js';
import type { BoundMount } from './bound-mount.js';
import { type Consistency, grant } from './cache/policy.js';
import type { MountPlan } from './mount-plan.js';
import type { MountServices } from './mount-services.js';
import { messageOf } from './problem.js';

/** A share root as it is when a mount below it is made. */
export interface ServedRoot {
  /** resolved */
  readonly path: string;
  /** `dev:ino`: another directory may come to have that path */
  readonly identity: string;
}

export interface Superblock {
  readonly mount: ActiveMount;
  /** settles when it can be bound, or with why it cannot */
  readonly ready: Promise<void>;
  /** mounts that show a part of it, or are about to, and descriptors of their directories */
  readonly users: Map<BoundMount, number>;
}

export interface SuperblockServices extends MountServices {
  readonly nextId: () => number;
}

export class Superblocks {
  readonly #services: SuperblockServices;
  /** those that newcomers may use, by what they have to agree on */
  readonly #byKey = new Map<string, Superblock>();
  readonly #all = new Set<Superblock>();

  constructor(services: SuperblockServices) {
    this.#services = services;
  }

  /** Numbers that are taken. */
  has(id: number): boolean {
    return [...this.#all].some(({ mount }) => mount.id === id);
  }

  /**
   * The superblock for a mount that is granted this mode; it is made if there is none. It is there for `user` until {@link leave}.
   *
   * @throws SystemError if the source cannot be opened
   */
  take(user: BoundMount, plan: MountPlan, root: ServedRoot, granted: Consistency): Superblock {
    const descriptor = this.#services.directories.open(plan.placed.source);
    const { kind, uid, gid } = plan.ownership;
    const key = JSON.stringify([plan.placed.guest, root.path, root.identity, granted, kind, uid, gid]);
    const superblock = this.#byKey.get(key) ?? this.#make(key, plan, root.path, granted);
    superblock.users.set(user, descriptor);
    return superblock;
  }

  /** It is about to be shown where its users want it. @throws what `ready` throws */
  async prepare({ ready, mount, users }: Superblock): Promise<void> {
    await ready;
    await mount.show([...users.values()]);
  }

  #make(key: string, { placed, ownership }: MountPlan, root: string, granted: Consistency): Superblock {
    const { guest } = placed;
    const name = `superblock of ${root} (${granted}) in ${guest}`;
    // What its first user has asked for is that one's affair: what is granted is shared.
    const policy = grant(granted, true, true);
    const place = { name, guest, source: root, target: '', local: false, sourceIdentity: '', targetAncestry: [] };
    const id = this.#services.nextId();
    const changed = () => {
      if (mount.ended || !mount.attached) this.#retire(key, superblock);
      if (mount.ended) this.#ended(superblock);
    };
    const mount: ActiveMount = new ActiveMount(id, place, '', policy, ownership, false, this.#services, changed);
    const superblock: Superblock = { mount, users: new Map(), ready: this.#bring(mount) };
    superblock.ready.catch(() => this.#retire(key, superblock));
    this.#byKey.set(key, superblock);
    this.#all.add(superblock);
    return superblock;
  }

  async #bring(mount: ActiveMount): Promise<void> {
    // Not at once: it has to be known first.
    await Promise.resolve();
    try {
      await mount.bring();
    } catch (error) {
      await mount.end(`it could not be mounted: ${messageOf(error)}`);
      throw error;
    }
  }

  /**
   * The user's bind is gone. The last one takes the superblock along: what is dirty is written back, and it is unmounted.
   *
   * @returns true if nothing of it is left or others use it; false if programs do: its users are told when it ends
   */
  async leave(user: BoundMount, superblock: Superblock): Promise<boolean> {
    const { mount, users } = superblock;
    if (users.size > 1 || mount.ended || mount.orphaned) await this.#part(user, superblock);
    if (!users.has(user)) return true;
    // Whoever comes from now on gets a new one.
    for (const [key, known] of this.#byKey) if (known === superblock) this.#byKey.delete(key);
    await superblock.ready.catch(() => {});
    if (mount.state === 'mounted') {
      await mount
        .unmount(false)
        .catch(() => mount.unmount(true))
        .catch((error) => mount.end(`it could not be unmounted: ${messageOf(error)}`));
    }
    if (mount.attached) await this.#part(user, superblock);
    return mount.attached;
  }

  async #part(user: BoundMount, { mount, users }: Superblock): Promise<void> {
    const descriptor = users.get(user);
    if (descriptor === undefined) return;
    users.delete(user);
    await mount.show([...users.values()]);
    this.#services.directories.close(descriptor);
  }

  /** Ends all there are. */
  async end(reason: string): Promise<void> {
    await Promise.all([...this.#all].map(({ mount }) => mount.end(reason)));
  }

  #retire(key: string, superblock: Superblock): void {
    if (this.#byKey.get(key) === superblock) this.#byKey.delete(key);
  }

  #ended(superblock: Superblock): void {
    this.#all.delete(superblock);
    for (const user of superblock.users.keys()) {
      void this.#part(user, superblock);
      void user.superblockEnded();
    }
  }
}
