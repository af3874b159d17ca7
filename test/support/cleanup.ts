/** Removing what a case made, whatever it made: any name, any depth, any mode. */
import * as sys from './sys.js';

const { C } = sys;

/** Empties and removes the directory `name` below `dirfd`; one descriptor per level, no path gets long. */
function removeTree(dirfd: number, name: sys.Path): void {
  const fd = sys.openat(dirfd, name, C.O_RDONLY | C.O_DIRECTORY | C.O_NOFOLLOW);
  try {
    for (;;) {
      // Removing while reading may skip entries: read anew until there are none.
      sys.seekdir(fd, 0n);
      const entries = sys.readRest(fd).filter((entry) => entry.name !== '.' && entry.name !== '..');
      if (entries.length === 0) break;
      for (const entry of entries) {
        const bytes = Buffer.from(entry.name, 'latin1');
        if (entry.type === C.DT_DIR) removeTree(fd, bytes);
        else sys.unlinkat(fd, bytes);
      }
    }
  } finally {
    sys.close(fd);
  }
  sys.unlinkat(dirfd, name, C.AT_REMOVEDIR);
}

/** Removes the directory `name` of `dir` with all that is in it. */
export function removeDirectory(dir: string, name: string): void {
  const base = sys.open(dir, C.O_RDONLY | C.O_DIRECTORY);
  try {
    if (sys.exists(`${dir}/${name}`)) removeTree(base, name);
  } finally {
    sys.close(base);
  }
}
