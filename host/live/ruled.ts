/**
 * The subtrees of this superblock in which a stricter mount rules: of them the guest keeps nothing (product rule: where mounts overlap,
 * the stricter mode rules). A subtree is a directory's identity, not its path: it goes where the host moves the directory.
 */
import { type Identity, isAmong } from '../state/identity.js';
import { type NodeTable, ROOT } from '../state/nodes.js';

/** Longer than any way to a directory, shorter than a circle that moves on the host have left. */
const DEEPEST = 4096;

export class Ruled {
  private subtrees: readonly Identity[] = [];
  private all = false;

  constructor(private readonly nodes: NodeTable) {}

  /** As nearly always: then nobody needs to ask any further. */
  get none(): boolean {
    return !this.all && this.subtrees.length === 0;
  }

  /**
   * From now on these, and no others. `all`: the whole superblock lies in such a subtree.
   *
   * @returns nodes of directories that are ruled from now on, those below them not among them
   */
  set(subtrees: readonly Identity[], all: boolean): number[] {
    const before = this.all ? [] : this.subtrees;
    const wasAll = this.all;
    this.subtrees = subtrees;
    this.all = all;
    if (wasAll) return [];
    if (all) return [ROOT];
    const fresh = subtrees.filter((subtree) => !before.some((old) => isSame(old, subtree)));
    return fresh.map((at) => this.nodes.find(at.device, at.inoLo, at.inoHi, at.birth)).filter((slot) => slot >= 0);
  }

  /** Whether a directory node is one of them or below one. Walks up, in memory. */
  covers(directory: number): boolean {
    if (this.all) return true;
    if (this.subtrees.length === 0) return false;
    const { nodes, subtrees } = this;
    for (let at = directory, depth = 0; depth < DEEPEST; at = nodes.parent[at], depth++) {
      // A node that is not there any more: nobody knows where it was.
      if (at < 0) return true;
      if (isAmong(subtrees, nodes, at)) return true;
      if (at === ROOT) return false;
    }
    return true;
  }
}

function isSame(a: Identity, b: Identity): boolean {
  return a.inoLo === b.inoLo && a.inoHi === b.inoHi && a.device === b.device && a.birth === b.birth;
}
