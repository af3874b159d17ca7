/**
 * Extended attributes that belong to the ownership records: a guest must neither see nor touch them, whatever the kind
 * of ownership, or it could give files to others behind chown(2)'s back.
 */

/** Index of each name in {@link RECORD_NAMES}; {@link recordNameIndex} returns one of them. */
export const RecordName = {
  /** the record, on objects that may carry user attributes */
  USER: 0,
  /** the record on symlinks, FIFOs and sockets of a Linux host, where user attributes are refused (xattr(7)) */
  TRUSTED: 1,
  /** Docker Desktop's record as macOS knows it */
  DOCKER: 2,
  /** the same on a Linux file system, where an unprivileged name needs a namespace */
  USER_DOCKER: 3,
} as const;

export const RECORD_NAMES: readonly Uint8Array[] = [
  'user.containers.override_stat',
  'trusted.containers.override_stat',
  'com.docker.grpcfuse.ownership',
  'user.com.docker.grpcfuse.ownership',
].map((name) => new TextEncoder().encode(name));

/** Which of {@link RECORD_NAMES} the bytes are (without NUL), or -1. Allocates nothing. */
export function recordNameIndex(memory: Uint8Array, offset: number, length: number): number {
  for (let index = 0; index < RECORD_NAMES.length; index++) {
    const name = RECORD_NAMES[index];
    if (name.length !== length) continue;
    let at = 0;
    while (at < length && memory[offset + at] === name[at]) at++;
    if (at === length) return index;
  }
  return -1;
}

/** Whether the attribute name (`length` bytes at `offset`, without NUL) is one the guest must not see or touch. */
export function isHidden(memory: Uint8Array, offset: number, length: number): boolean {
  return recordNameIndex(memory, offset, length) >= 0;
}

/**
 * Removes the hidden names from a listxattr(2) result (NUL-terminated names, `length` bytes at `offset`), in place.
 * Returns the new length, bytes.
 */
export function filterList(memory: Uint8Array, offset: number, length: number): number {
  const end = offset + length;
  let kept = offset;
  let from = offset;
  while (from < end) {
    let to = from;
    while (to < end && memory[to] !== 0) to++;
    const next = Math.min(to + 1, end);
    if (!isHidden(memory, from, to - from)) {
      if (kept !== from) memory.copyWithin(kept, from, next);
      kept += next - from;
    }
    from = next;
  }
  return kept - offset;
}
