import { behaviour, fails, sameBytes, sys } from '../harness.js';

export default behaviour('a relative symlink is relative to the directory it lies in, ".." included', (place) => {
  for (const name of ['a', 'a/b', 'c']) sys.mkdir(place.at(name));
  sys.writeFile(place.at('c/file'), 'found');
  sys.symlink('../../c/file', place.at('a/b/link'));
  sys.symlink('a/b', place.at('way'));
  sameBytes(sys.readFile(place.at('way/link')), 'found');
  // ".." after a symlink is the parent of the target.
  sameBytes(sys.readFile(place.at('way/../../c/file')), 'found');
  sys.rename(place.at('a/b/link'), place.at('a/link'));
  fails('ENOENT', () => sys.readFile(place.at('a/link')));
});
