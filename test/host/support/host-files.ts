/** The host's side of a share: node:fs, and what it lacks. */
import { execFileSync } from 'node:child_process';

export * from 'node:fs';

export function mkfifoSync(path: string): void {
  execFileSync('mkfifo', [path]);
}
