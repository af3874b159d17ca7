/** Names (latin1) of directory nodes, collected. */

/** 'whole': all of the directory's names. */
export type Names = Set<string> | 'whole';

export function addName(all: Map<number, Names>, directory: number, name: string): void {
  const names = all.get(directory);
  if (names === undefined) all.set(directory, new Set([name]));
  else if (names !== 'whole') names.add(name);
}
