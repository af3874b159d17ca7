import { existsSync } from 'node:fs';

/** Why this machine cannot mount, or null. */
function obstacle(): string | null {
  if (process.getuid?.() !== 0) return 'only root mounts in these tests';
  return existsSync('/dev/fuse') ? null : '/dev/fuse is missing: the kernel has no FUSE here';
}

/** For `before`: skips the suite where nothing can be mounted, and says why in its title. */
export function needsMounts(this: Mocha.Context): void {
  const why = obstacle();
  if (why === null) return;
  this.test!.parent!.title += ` (skipped: ${why})`;
  this.skip();
}
