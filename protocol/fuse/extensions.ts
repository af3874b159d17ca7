/**
 * Extensions behind the arguments of creating requests (7.36 security contexts, 7.38 groups): a chain of records, each a
 * `fuse_ext_header` whose size is a multiple of 8. osmofs agrees on none of them; they are checked so that a later
 * version may read them, and so that no kernel can be misread.
 */

import { FUSE_EXT_GROUPS, FUSE_MAX_NR_SECCTX } from './constants.js';
import { fuse_ext_header, fuse_secctx, fuse_supp_groups } from './structs.js';

/** Checks the whole chain in `at..end`. Allocates nothing when all is well. */
export function checkExtensions(view: DataView, at: number, end: number): 0 | string {
  let next = at;
  while (next < end) {
    if (next + fuse_ext_header.size > end) return 'an extension is cut off';
    const size = view.getUint32(next + fuse_ext_header.at.size, true);
    const type = view.getUint32(next + fuse_ext_header.at.type, true);
    if (size < fuse_ext_header.size || (size & 7) !== 0 || size > end - next) return 'an extension has a wrong size';
    const body = next + fuse_ext_header.size;
    next += size;
    if (type === FUSE_EXT_GROUPS && !groupsFit(view, body, next)) return 'an extension has more groups than bytes';
    if (type <= FUSE_MAX_NR_SECCTX && !contextsFit(view, body, next, type)) return 'a security context is cut off';
  }
  return 0;
}

function groupsFit(view: DataView, at: number, end: number): boolean {
  if (at + fuse_supp_groups.at.groups > end) return false;
  const count = view.getUint32(at + fuse_supp_groups.at.nr_groups, true);
  return at + fuse_supp_groups.at.groups + count * 4 <= end;
}

/** `count` times: struct, name with NUL, label. */
function contextsFit(view: DataView, at: number, end: number, count: number): boolean {
  let next = at;
  for (let index = 0; index < count; index++) {
    if (next + fuse_secctx.size > end) return false;
    const labelSize = view.getUint32(next + fuse_secctx.at.size, true);
    next += fuse_secctx.size;
    while (next < end && view.getUint8(next) !== 0) next++;
    next += 1 + labelSize;
    if (next > end) return false;
  }
  return true;
}
