/** end.json: how a VM's last run ended, in the runner's words. */
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { writeWhole } from './write-whole.js';

/**
 * off: the guest powered off, or was asked to and did. killed: somebody wanted it at once. crashed: the hypervisor
 * ended by itself, or had to be ended because the guest panicked again and again.
 */
export const END_KINDS = ['off', 'killed', 'crashed'] as const;

const endSchema = v.object({
  how: v.picklist(END_KINDS),
  /** one clause for people */
  why: v.string(),
  /** ISO 8601 */
  at: v.string(),
  /** of the console, or of the hypervisor's complaints; control characters removed */
  lastLines: v.array(v.string()),
});
export type VmEnd = Readonly<v.InferOutput<typeof endSchema>>;

export function writeEnd(file: string, end: VmEnd): void {
  writeWhole(file, `${JSON.stringify(end, null, 2)}\n`);
}

/** Undefined if it has not ended yet, or nobody was left to say how. */
export function readEnd(file: string): VmEnd | undefined {
  try {
    return v.parse(endSchema, JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}
