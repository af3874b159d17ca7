import { behaviour, C, same, sys, truthy } from '../harness.js';

export default behaviour('entries that stay are read exactly once while others are made', (place) => {
  const stay = Array.from({ length: 1000 }, (_, i) => `stay-${i}`);
  place.makeFiles(stay);
  const fd = sys.open(place.dir, C.O_RDONLY | C.O_DIRECTORY);
  const seen: string[] = [];
  for (let round = 0; ; round++) {
    const some = sys.getdents(fd, 2000);
    if (some.length === 0) break;
    seen.push(...some.map((entry) => entry.name));
    for (let i = 0; i < 5; i++) sys.writeFile(place.at(`new-${round}-${i}`));
    truthy(round < 10_000, 'reading comes to an end');
  }
  same(seen.filter((name) => name.startsWith('stay')).sort(), [...stay].sort());
});
