/**
 * Works at the bottom of two deep trees while the process has hardly a descriptor left: every rename and creation has to
 * reopen its way down, giving up other descriptors as it goes. Prints what happened as one line of JSON.
 */
import { closeSync, existsSync, mkdirSync, openSync, readdirSync } from 'node:fs';
import { ROOT, Vfs } from './support/vfs.js';

const DEPTH = 60;

const v = await Vfs.open({ descriptorBudget: 8192 });
const path = (tree: string, depth: number) =>
  v.guest.at([tree, ...Array.from({ length: depth }, (_, i) => `${i}`)].join('/'));
const nodes: Record<string, bigint[]> = {};
for (const tree of ['a', 'b']) {
  mkdirSync(path(tree, DEPTH), { recursive: true });
  nodes[tree] = [(await v.lookup(ROOT, tree)).nodeid];
  for (let i = 0; i < DEPTH; i++) nodes[tree]!.push((await v.lookup(nodes[tree]!.at(-1)!, `${i}`)).nodeid);
}
const made = await v.create(nodes.a!.at(-1)!, 'x');
await v.release(made.nodeid, made.fh);

/** Takes what is left but `spare`. */
const taken: number[] = [];
function exhaust(spare: number): void {
  try {
    for (;;) taken.push(openSync('/dev/null', 'r'));
  } catch {
    for (const fd of taken.splice(-spare)) closeSync(fd);
  }
}

const problems: string[] = [];
let renames = 0;
let refused = 0;
let place = { tree: 'a', depth: DEPTH };
for (let round = 0; round < 60; round++) {
  exhaust(1 + (round % 4));
  const next = { tree: place.tree === 'a' ? 'b' : 'a', depth: DEPTH - (round % 7) };
  try {
    // The end that is used first must still be open when the long way to the other one has been gone.
    await v.rename(nodes[place.tree]![place.depth]!, 'x', nodes[next.tree]![next.depth]!, 'x');
    renames++;
    place = next;
    if (!existsSync(`${path(place.tree, place.depth)}/x`)) problems.push(`round ${round}: not at its new place`);
  } catch (error) {
    problems.push(`round ${round}: ${error}`);
    break;
  }
  // Handles are the guest's own: when there is nothing left to give up they are refused, and only they.
  const open: bigint[] = [];
  for (let i = 0; i < 400; i++) {
    try {
      open.push(await v.opendir(ROOT));
    } catch (error) {
      if ((error as { code: string }).code !== 'EMFILE') problems.push(`OPENDIR: ${error}`);
      refused++;
      break;
    }
  }
  for (const fh of open) await v.releasedir(ROOT, fh);
  for (const fd of taken.splice(0)) closeSync(fd);
}
// With descriptors again everything is as it was.
const again = await v.create(nodes.b![3]!, 'again');
await v.write(again.nodeid, again.fh, 0, 'works');
await v.release(again.nodeid, again.fh);
const { handles } = await v.guest.statistics();
const entries = readdirSync(v.guest.root, { recursive: true }).filter((name) => /x$|again$/.test(String(name)));
await v.close();
console.log(JSON.stringify({ problems, renames, refused, handles, entries: entries.length }));
