import { behaviour, equal, same, sys } from '../harness.js';

export default behaviour('different files have different inode numbers on one device', (place) => {
  const count = 300;
  for (let i = 0; i < count; i++) sys.writeFile(place.at(`f${i}`));
  const stats = Array.from({ length: count }, (_, i) => sys.stat(place.at(`f${i}`)));
  equal(new Set(stats.map((stat) => stat.ino)).size, count);
  same([...new Set(stats.map((stat) => stat.dev))], [sys.stat(place.dir).dev]);
});
