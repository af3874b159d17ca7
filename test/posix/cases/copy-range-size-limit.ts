import { behaviour, C, equal, fails, sys } from '../harness.js';

export default behaviour('copy_file_range beyond RLIMIT_FSIZE is EFBIG', (place) => {
  sys.writeFile(place.at('from'), 'x'.repeat(100));
  const from = sys.open(place.at('from'), C.O_RDONLY);
  const to = sys.open(place.at('to'), C.O_CREAT | C.O_RDWR);
  sys.withFileSizeLimit(1000, () => {
    fails('EFBIG', () => sys.copyFileRange(from, 0, to, 1000, 10));
    equal(sys.copyFileRange(from, 0, to, 995, 10), 5);
  });
  equal(sys.fstat(to).size, 1000);
});
