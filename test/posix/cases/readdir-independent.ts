import { behaviour, C, equal, same, sys } from '../harness.js';

export default behaviour('two descriptors of one directory have positions of their own, a dup shares', (place) => {
  for (let i = 0; i < 100; i++) sys.writeFile(place.at(`entry-${i}`));
  const one = sys.open(place.dir, C.O_RDONLY | C.O_DIRECTORY);
  const two = sys.open(place.dir, C.O_RDONLY | C.O_DIRECTORY);
  const twin = sys.dup(one);
  const first = sys.getdents(one, 500);
  same(sys.getdents(two, 500), first);
  const rest = sys.readRest(twin);
  equal(first.length + rest.length, 102);
  equal(sys.getdents(one).length, 0);
});
