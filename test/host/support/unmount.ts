/** umount(8), as somebody in a guest would use it. */
import { execFileSync } from 'node:child_process';

export function unmount(point: string): void {
  execFileSync('umount', [point]);
}
