import { behaviour, C, equal, fails, sameBytes, sys } from '../harness.js';

export default behaviour(
  'copy_file_range within one file works for ranges apart, overlapping ones are EINVAL',
  (place) => {
    const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
    sys.write(fd, 'abcdefghij');
    equal(sys.copyFileRange(fd, 0, fd, 10, 5), 5);
    sameBytes(sys.readFile(place.at('file')), 'abcdefghijabcde');
    fails('EINVAL', () => sys.copyFileRange(fd, 0, fd, 2, 5));
    sameBytes(sys.readFile(place.at('file')), 'abcdefghijabcde');
  },
);
