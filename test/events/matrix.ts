/** The table: every change × who watches × what the guest had cached. */
import { type Change, filesOf, objectsOf, watchedBy } from './change.js';
import { changes } from './changes/index.js';
import { WARMTHS, type Warmth } from './protocol.js';

/** From where a watcher looks at the mount. */
export type View = 'plain' | 'bind' | 'read-only bind' | 'namespace';

export interface Kind {
  readonly title: string;
  readonly view: View;
  /** what is watched beside the directories: the objects themselves (in the same instance, so that the order is told too) */
  readonly objects: boolean;
  readonly recursive: boolean;
}

const directory: Kind = { title: 'on the directory', view: 'plain', objects: false, recursive: false };

export const kinds: readonly Kind[] = [
  directory,
  { ...directory, title: 'on the file itself and the directory', objects: true },
  { ...directory, title: 'recursive', recursive: true },
  { ...directory, title: 'through a bind mount', view: 'bind' },
  { ...directory, title: 'through a read-only bind mount', view: 'read-only bind' },
  { ...directory, title: 'in another mount namespace', view: 'namespace' },
];

export interface Case {
  readonly change: Change;
  readonly kind: Kind;
  readonly warmth: Warmth;
}

/** Whether the change has what is to be cached. */
function applies({ change, kind, warmth }: Case): boolean {
  if (kind.objects && objectsOf(change).length === 0) return false;
  if (warmth === 'entry') return objectsOf(change).length > 0;
  if (warmth === 'negative') return change.missing !== undefined;
  if (warmth === 'open' || warmth === 'content') return filesOf(change).length > 0;
  return true;
}

/** What the guest asks for to have it cached. */
export function warmed({ change, warmth }: Case): { directories: readonly string[]; names: readonly string[] } {
  const names = { nothing: [], entry: objectsOf(change), listed: [], negative: change.missing ?? [] } as const;
  const asked = warmth === 'open' || warmth === 'content' ? filesOf(change) : names[warmth];
  return { directories: watchedBy(change), names: asked };
}

/** What is watched, in this order. */
export function labels({ change, kind }: Case): readonly string[] {
  if (kind.recursive) return ['.'];
  return [...new Set([...watchedBy(change), ...(kind.objects ? objectsOf(change) : [])])];
}

/** All cases, those of one kind and change together. */
export function groups(): { kind: Kind; change: Change; cases: Case[] }[] {
  return kinds.flatMap((kind) =>
    changes
      .map((change) => {
        const cases = WARMTHS.map((warmth) => ({ change, kind, warmth })).filter(applies);
        return { kind, change, cases };
      })
      .filter(({ cases }) => cases.length > 0),
  );
}
