/**
 * Files that the host has taken away from their names while the guest, which has not been told yet, still takes the name for theirs. With
 * OPEN the guest's kernel would look the name up again when it is refused; without, it has opened the file by itself.
 */
import type { Context } from '../context.js';
import { S } from '../snapshot/stat.js';

/**
 * Whether the file that `inspect` has just seen is one of them: it has no name left, and is only known because it is held open. For the
 * guest it has its name, and to say that it has none would be a contradiction.
 */
export function isTaken(c: Context, node: number): boolean {
  const { nodes, inspect, live } = c;
  if (!c.noOpen || live === undefined || inspect.links > 0 || nodes.nameLength[node] === 0) return false;
  if (live.outbox.pending > 0) return true;
  const row = live.directories.known(nodes.parent[node], nodes.nameText(node));
  return row !== undefined && row[S.inoLo] === nodes.inoLo[node] && row[S.inoHi] === nodes.inoHi[node];
}

/** Another file has been found under the node's name, and there is no way to its own: the name is to be looked up again. */
export function expireName({ nodes, live }: Context, node: number): void {
  if (nodes.nameLength[node] === 0) return;
  live?.outbox.push({ what: 'entry', parent: nodes.parent[node], name: nodes.nameText(node), expire: true });
}
