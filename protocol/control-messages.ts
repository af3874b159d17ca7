/** The messages of control.proto as TypeScript sees them. Meaning and units of the fields are in the .proto. */

import type { Limits } from './negotiate.js';

export const Role = { CONTROL: 1, LANE: 2, STREAM: 3 } as const;
export type Role = (typeof Role)[keyof typeof Role];

export const Lane = { META: 1, DATA: 2 } as const;
export type Lane = (typeof Lane)[keyof typeof Lane];

export const LogLevel = { ERROR: 0, WARN: 1, INFO: 2, DEBUG: 3 } as const;
export type LogLevel = (typeof LogLevel)[keyof typeof LogLevel];

interface HelloBase {
  readonly protocolMajor: number;
  readonly protocolMinor: number;
  /** TOKEN_BYTES long. */
  readonly token: Uint8Array;
  readonly features: readonly string[];
  readonly limits: Limits;
  readonly agentVersion: string;
  readonly guest: string;
}

export interface ControlHello extends HelloBase {
  readonly role: typeof Role.CONTROL;
}

export interface LaneHello extends HelloBase {
  readonly role: typeof Role.LANE;
  readonly mountId: number;
  readonly lane: Lane;
  /** LANE_SECRET_BYTES long. */
  readonly laneSecret: Uint8Array;
}

export interface StreamHello extends HelloBase {
  readonly role: typeof Role.STREAM;
  readonly execId: number;
  /** LANE_SECRET_BYTES long. */
  readonly execSecret: Uint8Array;
}

export type Hello = ControlHello | LaneHello | StreamHello;

export interface HelloReply {
  readonly protocolMajor: number;
  readonly protocolMinor: number;
  readonly features: readonly string[];
  /** Absent only in a refusal. */
  readonly limits?: Limits | undefined;
  /** Empty: accepted. */
  readonly refusal: string;
  readonly daemonVersion: string;
}

/** What the agent may answer by itself. */
export interface Grants {
  readonly userXattrsOnly: boolean;
  readonly flushForLocksOnly: boolean;
}

export interface Mount extends Grants {
  readonly mountId: number;
  readonly target: Uint8Array;
  readonly source: string;
  readonly readOnly: boolean;
  readonly defaultPermissions: boolean;
  readonly laneSecret: Uint8Array;
  readonly maxRead: number;
  readonly allowOther: boolean;
  readonly writeBehind: boolean;
}

export interface Bind {
  readonly mountId: number;
  readonly superblockId: number;
  readonly directory: Uint8Array;
  readonly target: Uint8Array;
  readonly readOnly: boolean;
}

/** Answer to Mount, Bind, Unmount and Drain: errno 0 or what went wrong. */
export interface MountReply {
  readonly mountId: number;
  readonly errno: number;
  readonly message: string;
}

export interface Unmount {
  readonly mountId: number;
  readonly lazy: boolean;
}

export interface Drain {
  readonly mountId: number;
}

export interface MountEnded {
  readonly mountId: number;
  readonly reason: string;
}

export interface MountStats {
  readonly mountId: number;
  readonly requests: number;
  readonly replies: number;
  readonly notifications: number;
  readonly bytesOut: number;
  readonly bytesIn: number;
  readonly answered: number;
  readonly injected: number;
  readonly notInjected: number;
}

export interface StatsReply {
  readonly mounts: readonly MountStats[];
  readonly rss: number;
}

export interface Log {
  readonly level: LogLevel;
  readonly text: string;
}

export interface Bye {
  readonly reason: string;
}

/** errno 0 or what went wrong. */
export interface PowerOffReply {
  readonly errno: number;
  readonly message: string;
}

export interface Exec {
  readonly execId: number;
  readonly execSecret: Uint8Array;
  readonly argv: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string;
  readonly stdin: boolean;
  readonly tty: boolean;
  readonly rows: number;
  readonly columns: number;
}

/** errno 0: it runs. */
export interface ExecReply {
  readonly execId: number;
  readonly errno: number;
  readonly message: string;
}

export type Body =
  | ({ readonly type: 'mount' } & Mount)
  | ({ readonly type: 'mountReply' } & MountReply)
  | ({ readonly type: 'unmount' } & Unmount)
  | ({ readonly type: 'unmountReply' } & MountReply)
  | ({ readonly type: 'mountEnded' } & MountEnded)
  | ({ readonly type: 'drain' } & Drain)
  | ({ readonly type: 'drainReply' } & MountReply)
  | { readonly type: 'statsRequest' }
  | ({ readonly type: 'statsReply' } & StatsReply)
  | ({ readonly type: 'log' } & Log)
  | { readonly type: 'ping' }
  | { readonly type: 'pong' }
  | ({ readonly type: 'bye' } & Bye)
  | { readonly type: 'powerOff' }
  | ({ readonly type: 'powerOffReply' } & PowerOffReply)
  | ({ readonly type: 'exec' } & Exec)
  | ({ readonly type: 'execReply' } & ExecReply)
  | ({ readonly type: 'bind' } & Bind)
  | ({ readonly type: 'bindReply' } & MountReply);

export type BodyType = Body['type'];

export interface Envelope {
  /** 1..2^32-1; a reply repeats the id of its request. */
  readonly id: number;
  readonly body: Body;
}
