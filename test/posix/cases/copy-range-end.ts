import { behaviour, C, equal, sameBytes, sys } from '../harness.js';

export default behaviour('copy_file_range stops at the end of the source and extends the target', (place) => {
  sys.writeFile(place.at('from'), 'abc');
  const from = sys.open(place.at('from'), C.O_RDONLY);
  const to = sys.open(place.at('to'), C.O_CREAT | C.O_RDWR);
  equal(sys.copyFileRange(from, 1, to, 10, 100), 2);
  equal(sys.copyFileRange(from, 3, to, 0, 100), 0);
  equal(sys.copyFileRange(from, 100, to, 0, 100), 0);
  sameBytes(sys.readFile(place.at('to')), Buffer.concat([Buffer.alloc(10), Buffer.from('bc')]));
});
