/**
 * What is sent to the guest about a change: notifications of FUSE, and injected system calls with what the host has to know to answer
 * the requests that they cause. Directories and objects by slot of the node table.
 */

/** An object of the host as an injected call shall see it. */
export interface Target {
  /** row (S of snapshot/stat.ts) by which its node is found or made */
  readonly row: Uint32Array;
  /** where it is on the host, if it is there: fresh attributes come from it */
  readonly at?: { readonly slot: number; readonly name: string } | undefined;
  /** the link count to be told; undefined: the host's */
  readonly links?: number | undefined;
}

export interface InvalidateInode {
  readonly what: 'inode';
  readonly node: number;
}

export interface InvalidateEntry {
  readonly what: 'entry';
  readonly parent: number;
  readonly name: string;
  /** only to be asked again, not dropped: detaches no mounts */
  readonly expire: boolean;
}

export interface Barrier {
  readonly what: 'barrier';
  /** everything before it has been carried out */
  readonly done?: () => void;
}

export interface Inject {
  readonly what: 'inject';
  /** InjectKind */
  readonly kind: number;
  /** InjectFlag */
  readonly flags: number;
  /** {@link STAGE_SLOT} is the staging directory */
  readonly parent: number;
  readonly name: string;
  readonly parent2?: number;
  readonly name2?: string;
  readonly mode?: number;
  /** a row whose mtime (and ctime as atime) are set; undefined: times do not matter */
  readonly times?: Uint32Array | undefined;
  /** what the injected call finds under `name`; undefined: nothing, or what the host has */
  readonly source?: Target | undefined;
  /** what it finds under `name2` (RENAME), or under `name` before it removes it */
  readonly victim?: Target | undefined;
  /** what it makes under `name` (MKNOD, MKDIR, SYMLINK, LINK) */
  readonly made?: Target | undefined;
  /** how the guest's caches are put right if the call fails */
  readonly instead: readonly (InvalidateInode | InvalidateEntry)[];
}

export type Announcement = InvalidateInode | InvalidateEntry | Barrier | Inject;

/** Not a slot of the node table. */
export const STAGE_SLOT = -2;
