/** What this process has open. */
import { readdirSync, readlinkSync } from 'node:fs';
import { eventually } from './eventually.js';

const MODULE = /\/(?:dist|node_modules)\/.*\.(?:js|json)$/;

/** What the open descriptors refer to, sorted; the one that looks is not among them. */
export function openDescriptors(): string[] {
  const found: string[] = [];
  for (const fd of readdirSync('/proc/self/fd')) {
    try {
      // Sockets, pipes and the like are told apart by an inode number, which is of no interest here.
      const target = readlinkSync(`/proc/self/fd/${fd}`).replace(/:\[\d+\]$/, '');
      // A thread that starts, of this test or of the one before, reads its modules.
      if (!MODULE.test(target)) found.push(target);
    } catch {
      // The descriptor of the directory listing itself.
    }
  }
  return found.sort();
}

/** Runs `use` and waits until as many descriptors of each sort are open as before. @throws Error naming what stayed open */
export async function withoutLeak(use: () => Promise<void>): Promise<void> {
  const before = openDescriptors();
  await use();
  let after: string[] = [];
  await eventually(
    () => `the same open descriptors; more now: ${difference(after, before)}; fewer: ${difference(before, after)}`,
    () => {
      after = openDescriptors();
      return after.join('\n') === before.join('\n');
    },
  );
}

function difference(left: readonly string[], right: readonly string[]): string {
  const rest = [...right];
  return (
    left
      .filter((item) => {
        const at = rest.indexOf(item);
        if (at >= 0) rest.splice(at, 1);
        return at < 0;
      })
      .join(', ') || 'none'
  );
}
