import { behaviour, C, equal, same, sys } from '../harness.js';

export default behaviour('reading a directory and unlinking what is read removes everything', (place) => {
  place.makeFiles(Array.from({ length: 2000 }, (_, i) => `entry-${i}`));
  const fd = sys.open(place.dir, C.O_RDONLY | C.O_DIRECTORY);
  const seen = new Set<string>();
  for (;;) {
    const some = sys.getdents(fd, 2000).filter((entry) => !entry.name.startsWith('.'));
    for (const { name } of some) {
      equal(seen.has(name), false, `${name} read twice`);
      seen.add(name);
      sys.unlink(place.at(name));
    }
    if (some.length === 0 && sys.getdents(fd, 2000).length === 0) break;
  }
  same(sys.names(place.dir), []);
});
