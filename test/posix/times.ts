/** Which times of an object a call moves, by the clock of the file system: the guest's may go differently. */
import type { Place } from '../support/place.js';
import * as sys from '../support/sys.js';

const times = ['atime', 'ctime', 'mtime'] as const;

/** The present, as the file system writes it down. */
export function now(place: Place): bigint {
  const clock = place.at('.clock');
  if (!sys.exists(clock)) sys.writeFile(clock);
  sys.touch(clock);
  return sys.stat(clock).mtime;
}

/** A function that tells the names of the times that `act` changes, sorted; a time that goes backwards is an error. */
export function timesIn(place: Place): (look: () => sys.Stat, act: () => void) => string[] {
  now(place);
  return (look, act) => {
    const before = look();
    // File times stand still for up to a tick: let them go on, so that a change shows.
    while (now(place) <= before.ctime);
    act();
    const after = look();
    if (after.ctime < before.ctime) throw new Error(`ctime went from ${before.ctime} back to ${after.ctime}`);
    return times.filter((time) => after[time] !== before[time]);
  };
}
