import { behaviour, C, equal, sameBytes, sys } from '../harness.js';

export default behaviour('copy_file_range beyond 4 GiB', (place) => {
  const from = sys.open(place.at('from'), C.O_CREAT | C.O_RDWR);
  const to = sys.open(place.at('to'), C.O_CREAT | C.O_RDWR);
  sys.pwrite(from, 'far away', 2 ** 33);
  equal(sys.copyFileRange(from, 2 ** 33, to, 2 ** 34 + 1, 8), 8);
  equal(sys.fstat(to).size, 2 ** 34 + 9);
  sameBytes(sys.pread(to, 100, 2 ** 34), '\0far away');
});
