/**
 * Which names of extended attributes a share refuses whatever the object. Daemon and agent answer alike because both ask
 * here; an agent answers by itself where the daemon allows it (`user_xattrs_only` of Mount), so a different rule needs a
 * different grant. Sources: xattr(7), <linux/limits.h>.
 */
import { Errno } from './errno.js';

const USER = new TextEncoder().encode('user.');
/** XATTR_NAME_MAX, bytes without the NUL */
const LONGEST_NAME = 255;

/**
 * 0 for `user.` and something, else -errno. `security.*`, `trusted.*` and `system.*` would mean something to the host (file
 * capabilities, access lists) that a guest must not decide: EOPNOTSUPP.
 *
 * @param at where the name starts
 * @param length its bytes, without the NUL
 */
export function refuseXattrName(memory: Uint8Array, at: number, length: number): number {
  if (length > LONGEST_NAME) return -Errno.ERANGE;
  // A shorter name is told apart by its NUL.
  for (let i = 0; i < USER.length; i++) if (memory[at + i] !== USER[i]) return -Errno.EOPNOTSUPP;
  return length === USER.length ? -Errno.EINVAL : 0;
}
