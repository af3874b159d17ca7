/**
 * What travels between the command line and the daemon: JSON over HTTP on control.sock (0600, in a 0700 directory).
 * Types only; `control-schema.ts` checks what arrives. A failure is a `ProblemJson` with the status of its code.
 */
import type { Consistency, Ownership, OwnershipKind } from './mount-options.js';
import type { ProblemJson } from './problem.js';

/** Header of every answer: version of the daemon. */
export const VERSION_HEADER = 'osmofs-version';

/** Content type of an answer that comes with progress: lines of {@link ProgressLine}, the last one of which counts. */
export const PROGRESS_TYPE = 'application/x-ndjson';
export type ProgressLine = { readonly progress: string } | { readonly result: unknown } | ProblemJson;

export const Route = {
  /** GET → {@link Identity} */
  IDENTITY: '/v1/identity',
  /** GET → {@link Status} */
  STATUS: '/v1/status',
  /** POST {@link StopRequest} → {@link StopReply}, then the connection stays open until the process is gone */
  STOP: '/v1/stop',
  /** GET → {@link Share}[] · POST {@link ShareRequest} → {@link Share} · DELETE {@link ShareRemoval} → {@link Share} */
  SHARES: '/v1/shares',
  /** GET → {@link Mount}[] · POST {@link MountRequest} → {@link Mount} · DELETE {@link UnmountRequest} → {@link Mount}[] */
  MOUNTS: '/v1/mounts',
  /**
   * POST {@link ExecRequest} → {@link ExecReply}. With its ticket, GET of this path, a slash and the ticket, asking for an
   * upgrade to {@link EXEC_PROTOCOL}: then the connection carries the frames of protocol/stream.ts.
   */
  EXEC: '/v1/exec',
} as const;

export const EXEC_PROTOCOL = 'osmofs-exec';

export interface Identity {
  readonly pid: number;
  readonly version: string;
}

export interface Share {
  readonly path: string;
  /** false while the directory does not exist */
  readonly present: boolean;
  readonly source: 'default' | 'config';
}

export interface ShareRequest {
  readonly path: string;
}

export interface ShareRemoval {
  readonly path: string;
  /** unmounts what lies under it, lazily if need be */
  readonly force: boolean;
}

/** Absolute paths; what is left out comes from the configuration's defaults. */
export interface MountRequest {
  readonly source: string;
  readonly target: string;
  readonly guest?: string;
  readonly name?: string;
  readonly consistency?: Consistency;
  readonly ownership?: OwnershipKind;
  /** who owns objects without a recorded owner */
  readonly uid?: number;
  readonly gid?: number;
  readonly readOnly?: boolean;
  /** mount over a directory that is not empty */
  readonly nonempty?: boolean;
}

export interface UnmountRequest {
  /** every mount, or the one with this target or this name */
  readonly select: 'all' | { readonly target: string } | { readonly name: string; readonly target: string };
  readonly lazy: boolean;
}

/** `deferred`: the guest gets it when its agent connects */
export type MountState = 'deferred' | 'mounting' | 'mounted' | 'unmounting' | 'detached';

export interface Mount {
  readonly id: number;
  readonly name: string;
  readonly source: string;
  readonly target: string;
  readonly guest: string;
  readonly consistency: { readonly requested: Consistency; readonly granted: Consistency };
  readonly ownership: Ownership;
  readonly readOnly: boolean;
  readonly state: MountState;
  /** ISO 8601 */
  readonly since: string;
  /** of a deferred one: why its guest, which runs, does not have it */
  readonly problem?: string;
}

export interface ExecRequest {
  readonly guest: string;
  /** the program, looked for in the guest's PATH, and its arguments */
  readonly argv: readonly string[];
  /** NAME=VALUE, beside what the guest has */
  readonly env: readonly string[];
  /** absolute, or empty: home */
  readonly cwd: string;
  /** false: it reads /dev/null */
  readonly stdin: boolean;
  readonly tty: boolean;
  /** of the terminal */
  readonly rows: number;
  readonly columns: number;
}

export interface ExecReply {
  /** good for one upgrade, for a few seconds; empty if it does not run */
  readonly ticket: string;
  /** 0: it runs; ENOENT and EACCES as execve(2) means them, Linux's numbers */
  readonly errno: number;
  readonly message: string;
}

export interface StopRequest {
  /** detach what is busy instead of refusing */
  readonly force: boolean;
}

export interface StopReply {
  readonly pid: number;
  readonly unmounted: readonly string[];
}

export interface MountStatistics {
  /** by FUSE operation */
  readonly requests: Readonly<Record<string, number>>;
  readonly errors: Readonly<Record<string, number>>;
  readonly nodes: number;
  readonly handles: number;
  readonly descriptors: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** directories whose changes on the host are watched, and how often one could not be: nothing of it is cached */
  readonly watched: number;
  readonly unwatched: number;
  /** what the guest was told of the host's changes: in all, system calls among them, and how many of those failed */
  readonly announced: number;
  readonly injected: number;
  readonly injectFailed: number;
  /** how often events of the host were lost and everything was compared instead */
  readonly resets: number;
}

export interface MountStatus extends Mount {
  /** of its superblock, which mounts of one share root in a VM have in common; null: no answer in time */
  readonly statistics: MountStatistics | null;
  /** requests that never came here because the agent knew the answer; null if it did not tell */
  readonly answeredByAgent: number | null;
}

export interface AgentStatus {
  readonly guest: string;
  readonly version: string;
  readonly protocol: string;
  readonly features: readonly string[];
  /** bytes; null if the agent did not answer */
  readonly rss: number | null;
  /** of an agent on this machine that the daemon started, else null */
  readonly pid: number | null;
}

export interface Status {
  readonly daemon: {
    readonly pid: number;
    readonly version: string;
    /** ISO 8601 */
    readonly since: string;
    readonly uptimeSeconds: number;
    /** bytes */
    readonly rss: number;
    readonly log: string;
  };
  readonly shares: readonly Share[];
  readonly agents: readonly AgentStatus[];
  readonly mounts: readonly MountStatus[];
}
