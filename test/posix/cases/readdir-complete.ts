import { behaviour, C, equal, same, sys } from '../harness.js';

export default behaviour('reading a directory gives ".", ".." and every entry once', (place) => {
  const names = Array.from({ length: 100 }, (_, i) => `entry-${i}`);
  for (const name of names) sys.writeFile(place.at(name));
  const fd = sys.open(place.dir, C.O_RDONLY | C.O_DIRECTORY);
  same(
    sys
      .readRest(fd)
      .map((entry) => entry.name)
      .sort(),
    ['.', '..', ...names].sort(),
  );
  equal(sys.getdents(fd).length, 0);
});
