import { behaviour, C, equal, sameBytes, sys } from '../harness.js';

export default behaviour('copy_file_range copies what was written a moment ago, and is read at once', (place) => {
  const from = sys.open(place.at('from'), C.O_CREAT | C.O_RDWR);
  const to = sys.open(place.at('to'), C.O_CREAT | C.O_RDWR);
  sys.write(to, Buffer.alloc(8192, '-'));
  sameBytes(sys.readFile(place.at('to')), Buffer.alloc(8192, '-'));
  sys.write(from, 'fresh');
  equal(sys.copyFileRange(from, 0, to, 100, 5), 5);
  sameBytes(sys.pread(to, 7, 99), '-fresh-');
  equal(sys.fstat(to).size, 8192);
});
