import { behaviour, C, fails, same, sys } from '../harness.js';

export default behaviour('RENAME_NOREPLACE is EEXIST if the target exists, else a rename', (place) => {
  sys.writeFile(place.at('a'), 'a');
  sys.writeFile(place.at('b'), 'b');
  sys.symlink('nowhere', place.at('c'));
  sys.mkdir(place.at('d'));
  for (const name of ['b', 'c', 'd', 'a']) {
    fails('EEXIST', () => sys.rename(place.at('a'), place.at(name), C.RENAME_NOREPLACE));
  }
  sys.rename(place.at('a'), place.at('e'), C.RENAME_NOREPLACE);
  same(sys.names(place.dir), ['b', 'c', 'd', 'e']);
  fails('ENOENT', () => sys.rename(place.at('a'), place.at('f'), C.RENAME_NOREPLACE));
});
