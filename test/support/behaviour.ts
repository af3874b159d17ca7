/** One behaviour: a sentence that is true of a file system, and the calls that show it. */
import type { Feature } from './features.js';
import type { Ownership, Place } from './place.js';

export interface Behaviour {
  /** the sentence */
  title: string;
  /** features without which the case cannot be run anywhere */
  needs: readonly Feature[];
  /** rules of ownership under which it is looked at */
  ownership: readonly Ownership[];
  run(place: Place): void | Promise<void>;
}

export interface BehaviourOptions {
  needs?: readonly Feature[];
  /** concerns who owns what: looked at under both rules, the case asks `place.ownership` what to expect */
  identity?: boolean;
  /** looked at under these rules only */
  ownership?: readonly Ownership[];
}

type Run = Behaviour['run'];

export function behaviour(title: string, run: Run): Behaviour;
export function behaviour(title: string, options: BehaviourOptions, run: Run): Behaviour;
export function behaviour(title: string, options: BehaviourOptions | Run, run?: Run): Behaviour {
  if (typeof options === 'function') return behaviour(title, {}, options);
  const ownership = options.ownership ?? (options.identity ? ['strict', 'caller'] : ['strict']);
  return { title, needs: options.needs ?? [], ownership, run: run! };
}
