import { behaviour, C, equal, sys } from '../harness.js';

export default behaviour('".." goes up also where the directory was entered through a descriptor', (place) => {
  sys.mkdir(place.at('a'));
  sys.mkdir(place.at('a/b'));
  const fd = sys.open(place.at('a/b'), C.O_RDONLY | C.O_DIRECTORY);
  equal(sys.statat(fd, '../..').ino, sys.stat(place.dir).ino);
  equal(sys.stat(place.at('a/b/../b/./..')).ino, sys.stat(place.at('a')).ino);
  sys.fchdir(fd);
  equal(sys.stat('..').ino, sys.stat(place.at('a')).ino);
});
