/** The system calls that make a mount, as data: the mount's worker runs them, since a path walk may have to wait. */
import { os } from '../native/index.js';
import { MNT_DETACH, UMOUNT_NOFOLLOW } from '../protocol/linux.js';
import { Strings } from './strings.js';

/** Arguments of mount(2). */
export interface MountCall {
  readonly source: string;
  /** bytes */
  readonly target: Uint8Array;
  readonly type: string;
  readonly flags: number;
  readonly options: string;
}

/**
 * Runs the calls in order, all or none. @returns 0 or -errno
 *
 * @param arena of the calling thread, free from `start` on
 * @param mounted is told, between the first call and the others, the offset of the path where something is mounted now
 */
export function runMountCalls(
  calls: readonly MountCall[],
  arena: ArrayBuffer,
  start: number,
  mounted: (pointOff: number) => void,
): number {
  let made = 0;
  for (const { source, target, type, flags, options } of calls) {
    const strings = new Strings(arena, start);
    const point = strings.put(target);
    const result = os.mount(strings.put(source), point, strings.put(type), flags, strings.put(options));
    if (result < 0) {
      // The others only changed what the first one has mounted.
      if (made > 0) os.unmount(point, MNT_DETACH | UMOUNT_NOFOLLOW);
      return result;
    }
    if (made++ === 0) mounted(point);
  }
  return 0;
}
