/** Directories of the host by what they are, not by where: they are found again wherever the host has moved them. */
import type { NodeTable } from './nodes.js';

/** As the node table has it. */
export interface Identity {
  readonly device: number;
  readonly inoLo: number;
  readonly inoHi: number;
  readonly birth: number;
}

/** Whether a node is one of them. While their descriptors are open, their numbers are nobody else's. */
export function isAmong(identities: readonly Identity[], nodes: NodeTable, slot: number): boolean {
  for (const { inoLo, inoHi, device } of identities) {
    if (nodes.inoLo[slot] === inoLo && nodes.inoHi[slot] === inoHi && nodes.device[slot] === device) return true;
  }
  return false;
}
