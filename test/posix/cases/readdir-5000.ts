import { behaviour, C, same, sys } from '../harness.js';

export default behaviour(
  'a directory of 5,000 entries is read whole, each entry once, also in small pieces',
  (place) => {
    const count = 5000;
    const dir = sys.open(place.dir, C.O_RDONLY | C.O_DIRECTORY);
    const expected = Array.from({ length: count }, (_, i) => `a-name-of-ordinary-length-${i}`).sort();
    place.makeFiles(expected);
    for (const capacity of [32768, 300]) {
      sys.seekdir(dir, 0n);
      const names = sys.readRest(dir, capacity).map((entry) => entry.name);
      same(names.filter((name) => name !== '.' && name !== '..').sort(), expected);
    }
  },
);
