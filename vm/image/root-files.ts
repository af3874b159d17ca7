/** The files of `root/` beside this one's source: init, what it runs, and the few tables a system must have. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Tree } from './tree.js';

/** In the package; this file runs from dist/vm/image/. */
const ROOT = fileURLToPath(new URL('../../../vm/image/root', import.meta.url));

/** Mount points and places of the system's own. */
const DIRECTORIES = ['dev', 'proc', 'sys', 'run', 'root', 'mnt', 'usr/bin', 'usr/sbin', 'var/lib/osmofs', 'var/log'];

export function addRootFiles(tree: Tree): void {
  for (const path of DIRECTORIES) tree.directory(path);
  tree.directory('root', 0o700).directory('tmp', 0o1777);
  // Before devtmpfs is mounted, init already needs something to talk to.
  tree.character('dev/console', 5, 1).character('dev/null', 1, 3, 0o666);
  tree.symlink('etc/mtab', '../proc/mounts').symlink('var/run', '../run').symlink('var/tmp', '../tmp');
  const entries = readdirSync(ROOT, { recursive: true, encoding: 'utf8' });
  for (const path of entries) {
    const file = join(ROOT, path);
    const status = statSync(file);
    // Not the mode bits of the checkout, which depend on the umask: only whether it is a program.
    if (status.isFile()) tree.file(path, readFileSync(file), status.mode & 0o100 ? 0o755 : 0o644);
  }
}
