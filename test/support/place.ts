/** Where a behaviour is looked at: a directory, what is known about it, and the processes a case may use there. */
import type { Feature } from './features.js';
import { PATIENCE } from './patience.js';
import { Peer, type PeerOptions } from './peer.js';
import * as sys from './sys.js';

/** Whose rules of ownership hold: POSIX's (a plain directory, `strict`) or osmofs's `caller`. */
export type Ownership = 'strict' | 'caller';

export interface PlaceOptions {
  /** `bare` is a plain directory; every other name is a mount */
  name: string;
  /** absolute path, as the side under test sees it */
  dir: string;
  /** the same directory as the host sees it; absent if the host cannot be reached from here */
  host?: string;
  ownership: Ownership;
  /** argv that starts a peer on the host; a local process if absent */
  hostPeer?: string[];
  /** consistency `cached` or `delegated`: what the host changes is seen when its event has come */
  cached?: boolean;
  /** the guest's kernel opens and closes by itself, and locks are its own */
  ownLocks?: boolean;
}

/** Two people who are not root, and a group that alice is also in. */
export const alice = { uid: 12001, gid: 12001 } as const;
export const bob = { uid: 12002, gid: 12002 } as const;
export const club = 12099;

/** Keeps peers between cases: starting a process is the slow part. */
export class Peers {
  private readonly idle = new Map<string, Peer[]>();
  private readonly taken: { key: string; peer: Peer }[] = [];

  take(options: PeerOptions): Peer {
    const { inherit, ...reusable } = options;
    const key = inherit ? '' : JSON.stringify(reusable);
    const peer = (key && this.idle.get(key)?.pop()) || new Peer(options);
    this.taken.push({ key, peer });
    return peer;
  }

  /** After a case: busy, ended and special peers go, the others are made clean and kept. */
  async release(): Promise<void> {
    for (const { key, peer } of this.taken.splice(0)) {
      if (key && peer.reusable) {
        peer.do('reset');
        this.idle.set(key, [...(this.idle.get(key) ?? []), peer]);
      } else await peer.end();
    }
  }

  async end(): Promise<void> {
    await this.release();
    for (const peer of [...this.idle.values()].flat()) await peer.end();
    this.idle.clear();
  }
}

/** The fresh directory of one case. */
export class Place {
  readonly name: string;
  readonly ownership: Ownership;
  readonly dir: string;
  private readonly hostDir: string | undefined;

  constructor(
    private readonly options: PlaceOptions,
    slug: string,
    private readonly peers: Peers,
  ) {
    this.name = options.name;
    this.ownership = options.ownership;
    this.dir = `${options.dir}/${slug}`;
    this.hostDir = options.host && `${options.host}/${slug}`;
  }

  /** A plain directory of the host's own file system. */
  get bare(): boolean {
    return this.name === 'bare';
  }

  /** A name in the directory. */
  at(name: string): string {
    return `${this.dir}/${name}`;
  }

  /** A name in the directory, bytes. */
  bytes(name: Uint8Array): Buffer {
    return Buffer.concat([Buffer.from(`${this.dir}/`), name]);
  }

  /** The host's name of the same thing; only with the feature `host`. */
  hostAt(name: string): string {
    if (this.hostDir === undefined) throw new Error("a case that uses the host must say needs: ['host']");
    return `${this.hostDir}/${name}`;
  }

  /** A process on the same side as this one. */
  peer(options: Omit<PeerOptions, 'command'> = {}): Peer {
    return this.peers.take(options);
  }

  /** A process on the host. Paths for it come from {@link hostAt}. */
  hostPeer(): Peer {
    return this.peers.take(this.options.hostPeer ? { command: this.options.hostPeer } : {});
  }

  /**
   * Makes an empty file of each name, for cases in which it does not matter who made it: where the host is another machine it
   * does, because a request takes long there and every file several.
   */
  makeFiles(names: string[]): void {
    if (this.options.hostPeer === undefined) for (const name of names) sys.writeFile(this.at(name));
    else this.hostPeer().do('makeFiles', this.hostDir!, names);
  }

  /**
   * Returns when the file system has looked at what was asked of it before: a name that does not exist is looked up,
   * which no cache of the `consistent` mode answers.
   */
  readonly barrier = (): void => {
    sys.exists(this.at('.nothing-of-this-name'));
  };

  /** Runs a check of what the host has changed: at once, or where the mount waits for an event, until it holds. */
  seen(check: () => void): void {
    const end = performance.now() + PATIENCE;
    for (;;) {
      try {
        check();
        return;
      } catch (error) {
        if (this.options.cached !== true || performance.now() > end) throw error;
      }
    }
  }

  /** Locks are kept by the mount's host, not by the kernel alone that asks for them. */
  get hostKeepsLocks(): boolean {
    return !this.bare && this.options.ownLocks !== true;
  }

  /** What the kernel itself does on a plain directory, and what the mount documents instead. */
  differs<T>(plain: T, mount: T, _reason: string): T {
    return this.bare ? plain : mount;
  }
}

/** A place's probes of {@link Feature}s remember their answers here. */
export type Answers = Map<Feature, string | null>;
