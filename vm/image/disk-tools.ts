/** What makes the file system of a new data disk. */
import { existsSync, readFileSync } from 'node:fs';
import { ImageError } from './error.js';
import { addLibraries } from './programs.js';
import type { Tree } from './tree.js';

const PLACES = ['/usr/sbin/mke2fs', '/sbin/mke2fs'];

export async function addDiskTools(tree: Tree): Promise<void> {
  const program = PLACES.find((path) => existsSync(path));
  if (program === undefined) {
    throw new ImageError('there is no mke2fs on this machine', 'Install it: sudo apt-get install e2fsprogs');
  }
  tree.file('sbin/mke2fs', readFileSync(program), 0o755);
  // Without it mke2fs makes ext4 with the features of ext2.
  if (existsSync('/etc/mke2fs.conf')) tree.file('etc/mke2fs.conf', readFileSync('/etc/mke2fs.conf'));
  await addLibraries(tree, program);
}
