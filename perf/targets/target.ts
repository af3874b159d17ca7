/** A target with a directory to work in. */
export interface Mounted {
  /** the target's name */
  readonly target: string;
  /** the directory as the workload's program sees it */
  readonly dir: string;
  /** the same directory on the host; equal to `dir` on a target without a server */
  readonly host: string;
  /** ids of the processes that serve `dir`, all of them; empty without a server */
  servers(): readonly number[];
  /** nodes that the server holds for the kernel, or undefined if the target cannot say */
  nodes(): Promise<number | undefined>;
  /** requests served since the mount, by opcode, or undefined if the target does not count */
  requests(): Promise<Readonly<Record<string, number>> | undefined>;
  /** Unmounts, ends and reaps every process of it. Idempotent. */
  end(): Promise<void>;
}

export interface MountOptions {
  /** an existing empty directory that is to be served */
  readonly host: string;
  /** an existing empty directory for the mount and for the target's own files */
  readonly scratch: string;
  /** the server leaves permission checks to the kernel (mount option default_permissions) */
  readonly kernelPermissions: boolean;
}

/** Something that can be measured. New ones are added to the list in `targets/index.ts`. */
export interface Target {
  readonly name: string;
  /** Resolves when the directory can be used. Nothing is left behind if it rejects. */
  mount(options: MountOptions): Promise<Mounted>;
}
