/** What the host did, in the words of inotify: what a comparison finds, and what will be injected. */

import { S_IFDIR, S_IFMT, S_IFREG } from '../../protocol/linux.js';
import type { InodeTable } from './inodes.js';
import { S } from './stat.js';

/** A name in a directory: id of its snapshot, bytes of the name as latin1. */
export interface Place {
  readonly directory: number;
  readonly name: string;
}

export function placeKey({ directory, name }: Place): string {
  return `${directory}/${name}`;
}

/** An object that lost a name. */
export interface Victim {
  /** type bits of its mode */
  readonly type: number;
  /** its link count after this change; 0 = it is gone */
  links: number;
  /** its row as it was known; undefined if nothing was */
  readonly row?: Uint32Array | undefined;
}

export type Change =
  /** a name for an object that was not known: creat, mkdir, symlink, mknod, or moved in from where nobody looks */
  | { readonly kind: 'created' | 'moved-in'; readonly at: Place; readonly stat: Uint32Array; over?: Victim }
  /** one more name, beside `of`, of a known object */
  | { readonly kind: 'linked'; readonly at: Place; readonly of: Place; readonly stat: Uint32Array }
  /** unlink, rmdir; or moved to where nobody looks */
  | { readonly kind: 'removed' | 'moved-out'; readonly at: Place; readonly victim: Victim }
  /** rename, maybe over something */
  | { readonly kind: 'moved'; readonly from: Place; readonly at: Place; readonly stat: Uint32Array; over?: Victim }
  /** two objects have changed names: RENAME_EXCHANGE */
  | { readonly kind: 'exchanged'; readonly at: Place; readonly with: Place }
  /** an object that was not known has the name of one that was: an atomic save, the temporary name was never seen */
  | { readonly kind: 'replaced'; readonly at: Place; readonly stat: Uint32Array; readonly over: Victim }
  /** content: size or mtime */
  | { readonly kind: 'modified'; readonly at: Place; readonly stat: Uint32Array }
  /** mode, owner, links made or removed elsewhere, extended attributes (only ctime tells) */
  | { readonly kind: 'attributes'; readonly at: Place; readonly stat: Uint32Array };

/**
 * What a fresh stat of a known inode says beside its names. `renamed`: one of its names came or went in the same batch, which
 * explains a new ctime and link count.
 *
 * A directory's times and size move with its entries, which have changes of their own, and the guest's operations in it move
 * them too: only its mode and owner count, and a ctime that is not its mtime (entries set both to one value).
 */
export function inodeChanges(inodes: InodeTable, inode: number, stat: Uint32Array, at: number, renamed: boolean) {
  const differs = (from: number, to: number) => inodes.differs(inode, stat, at, from, to + 1);
  const type = stat[at + S.mode] & S_IFMT;
  const content = differs(S.sizeLo, S.mtimeHi);
  const owner = differs(S.mode, S.mode) || differs(S.uid, S.gid);
  const ctime = !renamed && differs(S.ctimeLo, S.ctimeHi);
  if (type === S_IFDIR) {
    const own = stat[at + S.mtimeLo] !== stat[at + S.ctimeLo] || stat[at + S.mtimeHi] !== stat[at + S.ctimeHi];
    return { modified: false, attributes: owner || (ctime && own) };
  }
  const links = !renamed && differs(S.nlink, S.nlink);
  if (type === S_IFREG && content) return { modified: true, attributes: owner || links };
  return { modified: false, attributes: owner || links || ctime || content };
}
