/** What the daemon does for a mount, as interfaces: the parts behind them are chosen in daemon.ts. */
import type { Grants } from '../protocol/control-messages.js';
import type { AgentSession } from './agent-session.js';
import type { ExpectedLanes } from './agents.js';
import type { MountStatistics } from './api.js';
import type { CachePolicy } from './cache/policy.js';
import type { DescriptorBudget } from './descriptor-budget.js';
import type { Log } from './log.js';
import type { Ownership } from './mount-options.js';
import type { Placed } from './mount-rules.js';
import type { Overlap, Ruled } from './overlap.js';

/** What serves a mount on the host's side: `ServedMount`. */
/** Holding on to directories of the host. */
export interface Directories {
  /** A descriptor. @throws SystemError */
  readonly open: (directory: string) => number;
  readonly close: (descriptor: number) => void;
}

export interface Served extends Ruled {
  /** Roots of mounts in the guest besides its own; resolves when they may be closed. Never rejects. */
  show(descriptors: readonly number[]): Promise<void>;
  open(): Promise<void>;
  /** what the agent may answer by itself; known when it is open */
  readonly grants: Grants;
  /** what was granted; known when it is open */
  readonly policy: CachePolicy;
  attachLane(kind: 'meta' | 'data', descriptor: number, shared: boolean): void;
  statistics(): Promise<MountStatistics>;
  end(reason: string): Promise<void>;
  once(event: 'ended', listener: (reason: string) => void): unknown;
  on(event: 'log', listener: (text: string) => void): unknown;
}

export interface ServedOptions {
  readonly id: number;
  readonly name: string;
  /** absolute, resolved */
  readonly root: string;
  readonly mode: CachePolicy['requested'];
  readonly ownership: Ownership;
  readonly readOnly: boolean;
  /** the agent carries out announcements: the guest can be told of changes by the host */
  readonly told: boolean;
  /** the agent can write behind */
  readonly behind: boolean;
  readonly descriptorBudget: number;
}

/** What the daemon does for a mount. */
export interface MountServices {
  readonly budget: DescriptorBudget;
  readonly log: Log;
  readonly directories: Directories;
  /** of all mounts of the daemon, whatever guest they are in */
  readonly overlap: Overlap;
  /** the agent of a guest, started if it can be */
  readonly session: (guest: string) => Promise<AgentSession>;
  readonly expectLanes: (mountId: number, lanes: ExpectedLanes) => () => void;
  readonly serve: (options: ServedOptions) => Promise<Served>;
  /** an agent has died: takes away what it has left mounted, as soon as it is really gone */
  readonly clearAway: (placed: Placed) => Promise<void>;
}
