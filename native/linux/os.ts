/**
 * Linux behind the seam. The addon's numbers are Linux's already, with one exception: four open flags are numbered
 * differently by architecture, and the seam speaks x86-64's.
 */
import { type Architecture, openFlagsFor } from '../../protocol/linux.js';
import type { Addon } from '../addon.js';
import type { Os } from '../os.js';

export function linux(addon: Addon, architecture: string): Os {
  if (architecture !== 'arm64') return { platform: 'linux', ...addon };
  const own: Architecture = architecture;
  return {
    platform: 'linux',
    ...addon,
    openFile: (dirfd, nameOff, flags, mode) => addon.openFile(dirfd, nameOff, openFlagsFor(own, flags), mode),
    reopen: (fd, flags) => addon.reopen(fd, openFlagsFor(own, flags)),
    openTemporary: (dirfd, flags, mode) => addon.openTemporary(dirfd, openFlagsFor(own, flags), mode),
  };
}
