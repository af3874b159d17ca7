import { behaviour, C, equal, sys } from '../harness.js';

export default behaviour('"." and ".." in a directory have the inode numbers of what they are', (place) => {
  sys.mkdir(place.at('dir'));
  const fd = sys.open(place.at('dir'), C.O_RDONLY | C.O_DIRECTORY);
  const entries = new Map(sys.readRest(fd).map((entry) => [entry.name, entry.ino]));
  equal(entries.get('.'), sys.stat(place.at('dir')).ino);
  equal(entries.get('..'), sys.stat(place.dir).ino);
});
