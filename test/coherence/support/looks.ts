/** Where to look next: mostly where something has just happened or is happening. */
import type { Random } from '../../unit/protocol/random.js';
import type { History } from './history.js';
import { DIRECTORIES, PATHS, parentOf, SLOTS } from './plan.js';
import type { Side } from './side.js';
import type { Look } from './steps.js';

const HANDLES = 3;
let handles = 0;

export function chooseLook(
  random: Random,
  history: History,
  side: Side,
  recent: readonly string[],
  active: readonly string[],
): Look {
  const where = random.below(10);
  const hot = where < 6 ? recent : where < 8 ? active : [];
  const path = hot.length > 0 ? random.pick(hot) : random.pick(PATHS);
  const what = random.below(20);
  if (what < 8) return { do: 'stat', path };
  if (what < 14) return { do: 'read', path };
  if (what < 15) return { do: 'readlink', path };
  const directory = parentOf(path);
  if (what < 18) return { do: 'list', path: DIRECTORIES.includes(directory) ? directory : random.pick(DIRECTORIES) };
  const held = [...side.handles.keys()];
  if (held.length > 0 && (what === 18 || held.length >= HANDLES)) return { do: 'again', handle: random.pick(held) };
  const file = SLOTS.includes(path) ? path : random.pick(SLOTS);
  return history.latest(file).state?.kind === 'file'
    ? { do: 'hold', path: file, handle: ++handles }
    : { do: 'stat', path: file };
}
