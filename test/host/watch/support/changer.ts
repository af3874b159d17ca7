/**
 * Changes a tree at random: argument: root, directories d0 … of it, number of operations, seed. Prints as JSON the names
 * that it touched, by directory.
 */
import * as fs from 'node:fs';
import { Random } from '../../../unit/protocol/random.js';

const [root, directories, operations, seed] = [process.argv[2], ...process.argv.slice(3).map(Number)] as [
  string,
  number,
  number,
  number,
];
/** So many in each directory that most are touched a few times only: one that is lost shows. */
const NAMES = 3000;

const random = new Random(seed);
const below = (n: number) => random.below(n);
const touched = Array.from({ length: directories }, () => new Set<string>());

function place(): { directory: number; name: string; path: string } {
  const directory = below(directories);
  const name = `n${below(NAMES)}`;
  return { directory, name, path: `${root}/d${directory}/${name}` };
}

const actions: ((path: string, other: string) => void)[] = [
  (path) => fs.writeFileSync(path, 'x'),
  (path) => fs.truncateSync(path, below(100)),
  (path) => fs.chmodSync(path, 0o600 + below(8)),
  (path) => fs.unlinkSync(path),
  (path, other) => fs.linkSync(path, other),
  (path, other) => fs.renameSync(path, other),
  (path) => fs.symlinkSync('/dev/null/x', path),
];

for (let i = 0; i < operations; i++) {
  const [one, two] = [place(), place()];
  const action = actions[below(actions.length)];
  try {
    action(one.path, two.path);
  } catch {
    continue;
  }
  touched[one.directory].add(one.name);
  if (action.length === 2 && one.path !== two.path) touched[two.directory].add(two.name);
}
process.stdout.write(JSON.stringify(touched.map((names) => [...names].sort())));
