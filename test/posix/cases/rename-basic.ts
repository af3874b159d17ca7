import { behaviour, equal, sameBytes, sys } from '../harness.js';

export default behaviour('rename moves a file with its inode and content, replacing what was there', (place) => {
  sys.mkdir(place.at('dir'));
  sys.writeFile(place.at('from'), 'new');
  sys.writeFile(place.at('dir/to'), 'old');
  const { ino } = sys.stat(place.at('from'));
  sys.rename(place.at('from'), place.at('dir/to'));
  equal(sys.exists(place.at('from')), false);
  equal(sys.stat(place.at('dir/to')).ino, ino);
  sameBytes(sys.readFile(place.at('dir/to')), 'new');
});
