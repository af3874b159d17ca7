import { existsSync } from 'node:fs';

/** Why this machine cannot mount, or null. */
export function obstacleToMounts(): string | null {
  if (process.getuid?.() !== 0) return 'only root mounts in these tests';
  return existsSync('/dev/fuse') ? null : '/dev/fuse is missing: the kernel has no FUSE here';
}

/** A suite that is skipped for a reason, which its title then says. */
export function describeUnless(why: string | null, title: string, body: () => void): void {
  describe(why === null ? title : `${title} (skipped: ${why})`, () => {
    before(function () {
      if (why !== null) this.skip();
    });
    body();
  });
}
