/**
 * The record locks that one owner holds on one file: ordered, disjoint ranges with a type, as fcntl(2) merges, splits and
 * converts them. `end` is inclusive. Offsets are bigint: locks are rare, and the whole 63-bit range is legal.
 */
import { F_UNLCK, F_WRLCK } from '../../protocol/linux.js';

export interface LockRange {
  readonly start: bigint;
  readonly end: bigint;
  /** F_RDLCK or F_WRLCK */
  readonly type: number;
}

export class LockRanges {
  private ranges: LockRange[] = [];

  get empty(): boolean {
    return this.ranges.length === 0;
  }

  get all(): readonly LockRange[] {
    return this.ranges;
  }

  /** The owner now has exactly `type` (F_UNLCK: nothing) on start..end. */
  set(start: bigint, end: bigint, type: number): void {
    const result: LockRange[] = [];
    for (const range of this.ranges) {
      if (range.end < start || range.start > end) {
        result.push(range);
        continue;
      }
      if (range.start < start) result.push({ ...range, end: start - 1n });
      if (range.end > end) result.push({ ...range, start: end + 1n });
    }
    if (type !== F_UNLCK) result.push({ start, end, type });
    result.sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
    this.ranges = merge(result);
  }

  clear(): void {
    this.ranges = [];
  }

  /** Whether a lock of another owner would have to wait for one of these. */
  conflicts(start: bigint, end: bigint, type: number): boolean {
    return this.ranges.some(
      (range) => range.start <= end && range.end >= start && (type === F_WRLCK || range.type === F_WRLCK),
    );
  }
}

function merge(sorted: readonly LockRange[]): LockRange[] {
  const result: LockRange[] = [];
  for (const range of sorted) {
    const last = result.at(-1);
    if (last !== undefined && last.type === range.type && last.end + 1n === range.start)
      result[result.length - 1] = { ...last, end: range.end };
    else result.push(range);
  }
  return result;
}
