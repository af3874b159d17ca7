import { behaviour, C, equal, same, sys } from '../harness.js';

export default behaviour('entries that stay are read exactly once while others are unlinked or renamed', (place) => {
  const stay = Array.from({ length: 600 }, (_, i) => `stay-${i}`);
  place.makeFiles(stay.flatMap((name, i) => [name, `gone-${i}`, `move-${i}`]));
  const fd = sys.open(place.dir, C.O_RDONLY | C.O_DIRECTORY);
  const seen: string[] = [];
  for (let i = 0; ; ) {
    const some = sys.getdents(fd, 2000);
    if (some.length === 0) break;
    seen.push(...some.map((entry) => entry.name));
    for (const end = Math.min(600, i + 20); i < end; i++) {
      sys.unlink(place.at(`gone-${599 - i}`));
      sys.rename(place.at(`move-${i}`), place.at(`MOVED-${i}`));
    }
  }
  same(seen.filter((name) => name.startsWith('stay')).sort(), [...stay].sort());
  equal(new Set(seen).size, seen.length);
});
