import { behaviour, C, equal, same, sys } from '../harness.js';

export default behaviour('telldir is the cookie of the last entry read', (place) => {
  for (let i = 0; i < 50; i++) sys.writeFile(place.at(`entry-${i}`));
  const fd = sys.open(place.dir, C.O_RDONLY | C.O_DIRECTORY);
  const first = sys.getdents(fd, 200);
  equal(sys.telldir(fd), first.at(-1)!.next);
  const second = sys.getdents(fd, 200);
  sys.seekdir(fd, first.at(-1)!.next);
  same(
    sys.getdents(fd, 200).map((entry) => entry.name),
    second.map((entry) => entry.name),
  );
});
