import { behaviour, C, equal, same, sys } from '../harness.js';

export default behaviour("seekdir to any entry's cookie goes on with exactly the entries after it", (place) => {
  for (let i = 0; i < 300; i++) sys.writeFile(place.at(`entry-${i}`));
  const fd = sys.open(place.dir, C.O_RDONLY | C.O_DIRECTORY);
  const all = sys.readRest(fd);
  const order = all.map((entry) => entry.name);
  for (const i of [0, 1, 2, 50, 150, 299, 300, 301, 7]) {
    sys.seekdir(fd, all[i]!.next);
    same(
      sys.readRest(fd, 1000).map((entry) => entry.name),
      order.slice(i + 1),
      `after entry ${i}`,
    );
  }
  equal(new Set(all.map((entry) => entry.next)).size, all.length);
});
