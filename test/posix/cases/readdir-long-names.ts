import { behaviour, same, sys } from '../harness.js';

export default behaviour('names of 1 to 255 bytes come out of a directory as they went in', (place) => {
  const expected = Array.from({ length: 255 }, (_, i) => 'n'.repeat(i + 1));
  for (const name of expected) sys.writeFile(place.at(name));
  same(sys.names(place.dir), expected);
});
