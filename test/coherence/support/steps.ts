/** What an actor can be asked, and what it answers: lines of JSON. Paths are relative to the actor's directory. */
import type { SaveStyle } from '../../support/saves.js';
import type { Stamp } from './content.js';

/** Changes. */
export type Change =
  | { do: 'save'; path: string; style: SaveStyle; aside: string; stamp: Stamp }
  | { do: 'create'; path: string; stamp: Stamp }
  /** in one write, as long as what is there */
  | { do: 'overwrite'; path: string; stamp: Stamp }
  | { do: 'append'; path: string; stamp: Stamp }
  | { do: 'truncate'; path: string; length: number }
  | { do: 'unlink'; path: string }
  | { do: 'rename'; path: string; to: string }
  | { do: 'link'; path: string; to: string }
  | { do: 'symlink'; path: string; target: string }
  | { do: 'mkdir'; path: string }
  | { do: 'rmdir'; path: string }
  | { do: 'chmod'; path: string; mode: number }
  /** seconds since 1970 */
  | { do: 'utimes'; path: string; mtime: number };

/** Looks. `again` looks through a descriptor that `hold` opened. */
export type Look =
  | { do: 'stat'; path: string }
  | { do: 'read'; path: string }
  | { do: 'readlink'; path: string }
  | { do: 'list'; path: string }
  | { do: 'hold'; path: string; handle: number }
  | { do: 'again'; handle: number };

export type Step =
  | Change
  | Look
  | { do: 'drop'; handle: number }
  /** everything there is, for comparison */
  | { do: 'snapshot' }
  /** watches the directories with inotify from now on */
  | { do: 'watch'; paths: string[] };

export type Kind = 'file' | 'directory' | 'symlink' | 'other';

export interface StatSeen {
  kind: Kind;
  /** permission bits */
  mode: number;
  nlink: number;
  size: number;
  /** nanoseconds since 1970, decimal */
  mtime: string;
}

/** What a look saw; `error` is the errno's name. */
export interface Seen {
  error?: string;
  stat?: StatSeen;
  /** base64 */
  bytes?: string;
  target?: string;
  names?: Record<string, Kind>;
  lines?: string[];
}

export interface Request {
  id: number;
  step: Step;
}

export interface Answer extends Seen {
  id: number;
}

/** An event, and what the actor saw of its object as soon as it had been told. */
export interface Told {
  /** relative to the actor's directory */
  path: string;
  mask: number;
  cookie: number;
}

export interface Notice {
  told: Told[];
  /** path → [what stat said, what read said] */
  looked: Record<string, [Seen, Seen]>;
  overflow: boolean;
}
