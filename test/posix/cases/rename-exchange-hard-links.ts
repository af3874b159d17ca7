import { behaviour, C, sameBytes, sys } from '../harness.js';

export default behaviour('RENAME_EXCHANGE swaps open files under their descriptors', (place) => {
  const a = sys.open(place.at('a'), C.O_CREAT | C.O_RDWR);
  const b = sys.open(place.at('b'), C.O_CREAT | C.O_RDWR);
  sys.rename(place.at('a'), place.at('b'), C.RENAME_EXCHANGE);
  sys.write(a, 'first');
  sys.write(b, 'second');
  sameBytes(sys.readFile(place.at('b')), 'first');
  sameBytes(sys.readFile(place.at('a')), 'second');
});
