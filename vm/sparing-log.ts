/** A log for what somebody outside can cause as often as they like: it must not push out or bury what matters. */

/** ms that a quota lasts. */
const WINDOW = 60_000;
/** Lines in that time. */
export const QUOTA = 200;

/**
 * Passes on {@link QUOTA} lines a minute. Of the others it says how many they were, with the first line of a later minute.
 *
 * @param now a clock that only goes forward, ms
 */
export function sparingLog<Level>(
  log: (level: Level, text: string) => void,
  now: () => number = () => performance.now(),
): (level: Level, text: string) => void {
  let end = Number.NEGATIVE_INFINITY;
  let said = 0;
  let left = 0;
  return (level, text) => {
    const at = now();
    if (at >= end) {
      const before = left;
      end = at + WINDOW;
      said = left = 0;
      if (before > 0) log(level, `${before} lines like the next one were left out: more than ${QUOTA} in a minute`);
    }
    if (said++ < QUOTA) log(level, text);
    else left++;
  };
}
