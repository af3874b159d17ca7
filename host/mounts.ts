/** The mounts of this daemon and their places: made, found, taken away. */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { ActiveMount } from './active-mount.js';
import type { Mount, MountRequest, UnmountRequest } from './api.js';
import { grant } from './cache/policy.js';
import type { Config } from './config.js';
import { identityOf, inspectTarget } from './local-target.js';
import { LOCAL_GUEST, type Ownership } from './mount-options.js';
import { checkPlacement, chooseName, type Placed, unmountOrder } from './mount-rules.js';
import type { MountServices } from './mount-services.js';
import { messageOf, Problem } from './problem.js';
import { badSource, covering, notShared, realDirectory, type Shares } from './shares.js';

export interface MountsOptions extends MountServices {
  readonly shares: Shares;
  readonly config: () => Config;
  /** the set of mounts has changed */
  readonly changed: (mounts: readonly Mount[]) => void;
}

export class Mounts {
  readonly #options: MountsOptions;
  readonly #mounts = new Map<number, ActiveMount>();
  readonly #underWay = new Set<Promise<unknown>>();
  #lastId = 0;
  #closing = false;

  constructor(options: MountsOptions) {
    this.#options = options;
  }

  get list(): readonly ActiveMount[] {
    return [...this.#mounts.values()];
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
    const source = await this.#sharedDirectory(request.source);
    const wanted = await this.#place(request, source);
    // Nothing may be awaited between this check and the reservation: two requests could get the same place.
    checkPlacement(wanted, this.#placed());
    const name = chooseName(request.name, source, new Set(this.#placed().map((other) => other.name)));
    const placed = { ...wanted, name };
    const id = this.#nextId();
    const mount = new ActiveMount(id, placed, request.target, policy, ownership, readOnly, this.#options, () =>
      this.#changed(),
    );
    this.#mounts.set(id, mount);
    this.#changed();
    try {
      await mount.bring();
    } catch (error) {
      await mount.end(`it could not be mounted: ${messageOf(error)}`);
      throw error;
    }
    this.#options.log('info', `mount ${name}: ${source} is at ${placed.target} of ${placed.guest}`);
    this.#changed();
    return mount.view;
  }

  async #sharedDirectory(path: string): Promise<string> {
    const source = await realDirectory(path);
    if (covering(await this.#options.shares.list(), source) === undefined) throw notShared(path);
    await access(source, constants.R_OK | constants.X_OK).catch((error) => {
      throw badSource(path, error);
    });
    return source;
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
    for (const mount of this.#inOrder(this.#select(request.select))) {
      try {
        await mount.unmount(request.lazy);
        gone.push(mount.view);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
    return gone;
  }

  #select(select: UnmountRequest['select']): ActiveMount[] {
    const attached = this.list.filter((mount) => mount.attached);
    if (select === 'all') return attached.filter(({ state }) => state === 'mounted');
    const named = 'name' in select ? attached.find(({ name }) => name === select.name) : undefined;
    const at = ({ placed, askedTarget }: ActiveMount) =>
      placed.target === select.target || askedTarget === select.target;
    const found = named ?? attached.find(at);
    if (found !== undefined) return [found];
    const thing = 'name' in select ? select.name : select.target;
    throw new Problem('not-found', thing, 'no osmofs mount', 'See them with: osmofs ls');
  }

  /**
   * Unmounts all, for good. With `force`, what is busy is detached; without, that is a failure and the daemon goes on.
   *
   * @returns names of those that are gone
   */
  async close(force: boolean): Promise<string[]> {
    this.#closing = true;
    await Promise.allSettled(this.#underWay);
    const gone: string[] = [];
    const failures: unknown[] = [];
    for (const mount of this.#inOrder(this.#select('all'))) {
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
    await Promise.all(this.list.map((mount) => mount.end('the daemon ends')));
    return gone;
  }

  #inOrder(mounts: readonly ActiveMount[]): ActiveMount[] {
    const order = unmountOrder(mounts.map(({ placed }) => placed));
    return order.map((placed) => mounts.find((mount) => mount.placed === placed)!);
  }

  #placed(): Placed[] {
    return this.list.filter(({ attached }) => attached).map(({ placed }) => placed);
  }

  #changed(): void {
    for (const mount of this.list) if (mount.ended) this.#mounts.delete(mount.id);
    this.#options.changed(this.list.map(({ view }) => view));
  }

  #nextId(): number {
    do this.#lastId = this.#lastId === 0xffff_ffff ? 1 : this.#lastId + 1;
    while (this.#mounts.has(this.#lastId));
    return this.#lastId;
  }
}

/** What a request leaves open, from the configuration; what that leaves open, as the product has it. */
export function settle(request: MountRequest, defaults: Config['defaults']) {
  const { uid, gid } = request;
  const kind = request.ownership ?? defaults?.ownership ?? 'caller';
  if (kind === 'host' && (uid ?? gid) !== undefined) {
    throw new Problem(
      'usage',
      request.source,
      'uid and gid have no meaning with ownership=host',
      'Use ownership=strict',
    );
  }
  const ownership: Ownership = {
    kind,
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  };
  return {
    policy: grant(request.consistency ?? defaults?.consistency ?? 'default'),
    ownership,
    readOnly: request.readOnly ?? defaults?.readOnly ?? false,
  };
}
