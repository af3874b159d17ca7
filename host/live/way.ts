/** Ways through the share, as the guest knows it. */
import { type NodeTable, ROOT } from '../state/nodes.js';

/** PATH_MAX */
const LONGEST = 4096;
/** Stands for a place that no path leads to, so that nothing can be mounted there. */
const NOWHERE = '\x01';

/** From the root to a name of a directory node, latin1, without a slash in front. */
export function wayTo(nodes: NodeTable, directory: number, name: string): string {
  const parts = [name];
  const buffer = Buffer.alloc(256);
  for (let at = directory, depth = 0; at !== ROOT; at = nodes.parent[at]) {
    if (nodes.nameLength[at] === 0 || depth++ > LONGEST) return `${NOWHERE}/${name}`;
    parts.push(buffer.toString('latin1', 0, nodes.copyName(at, buffer, 0)));
  }
  const path = parts.reverse().join('/');
  return path.length < LONGEST ? path : `${NOWHERE}/${name}`;
}
