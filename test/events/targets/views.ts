/** Bind mounts of a directory, writable and read-only, taken away again whatever happens. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { atExit } from '../../support/at-exit.js';
import type { Target } from './target.js';

export interface Views {
  readonly views: Target['views'];
  remove(): void;
}

/** @param base a directory for the mount points */
export function makeViews(directory: string, base: string): Views {
  const bind = `${base}/bind`;
  const readOnly = `${base}/read-only`;
  const mounted: string[] = [];
  const remove = () => {
    for (const path of mounted.splice(0)) execFileSync('umount', [path]);
  };
  const forget = atExit(() => {
    for (const path of mounted) spawnSync('umount', ['-l', path]);
  });
  const mount = (path: string) => {
    mkdirSync(path);
    execFileSync('mount', ['--bind', directory, path]);
    mounted.push(path);
  };
  try {
    mount(bind);
    mount(readOnly);
    execFileSync('mount', ['-o', 'remount,bind,ro', readOnly]);
  } catch (error) {
    remove();
    throw error;
  }
  return {
    views: { plain: directory, bind, 'read-only bind': readOnly, namespace: directory },
    remove() {
      remove();
      forget();
    },
  };
}
