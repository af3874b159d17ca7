/** Last step of a comparison: the snapshots say what the listings said, except for what was held back. */
import type { Facts, Group } from './gather.js';
import { S } from './stat.js';

export function apply(facts: Facts): void {
  const { snapshots } = facts;
  const { inodes, entries } = snapshots;
  const groups: Group[] = [...facts.groups.values(), ...facts.strangers.values()].filter((group) => !group.held);
  for (const [inode, { listing, row }] of facts.observed) {
    if (facts.groups.get(inode)?.held) continue;
    inodes.take(inode, listing.words, listing.at(row), S.mode, S.words);
  }
  // What has a name before and after must not end between.
  const pinned = groups.filter((group) => group.inode >= 0 && group.gained.some((gained) => !gained.dropped));
  for (const group of pinned) inodes.names[group.inode]++;
  for (const group of groups) {
    for (const gained of group.gained) {
      const directory = snapshots.get(gained.place.directory);
      if (gained.dropped || !directory) continue;
      const inode = inodes.enter(gained.listing.words, gained.listing.at(gained.row));
      snapshots.bind(directory, Buffer.from(gained.place.name, 'latin1'), inode);
    }
  }
  for (const group of groups) {
    for (const { slot, place } of group.lost) {
      const directory = snapshots.get(place.directory);
      // Its directory may have gone first, and the name may lead to something else by now.
      if (directory && entries.inode[slot] === group.inode && entries.directory[slot] === place.directory)
        snapshots.unbind(slot);
    }
  }
  for (const group of pinned) inodes.names[group.inode]--;
  for (const directory of facts.complete) if (snapshots.get(directory.id) === directory) directory.complete = true;
}
