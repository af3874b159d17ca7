import { behaviour, C, equal, sameBytes, sys } from '../harness.js';

export default behaviour(
  'FALLOC_FL_ZERO_RANGE zeroes the range and grows the file unless KEEP_SIZE',
  { needs: ['hostHoles'] },
  (place) => {
    const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
    sys.write(fd, Buffer.alloc(10_000, 'x'));
    sys.fallocate(fd, C.FALLOC_FL_ZERO_RANGE, 5_000, 100);
    const model = Buffer.alloc(10_000, 'x').fill(0, 5_000, 5_100);
    sameBytes(sys.readFile(place.at('file')), model);
    sys.fallocate(fd, C.FALLOC_FL_ZERO_RANGE | C.FALLOC_FL_KEEP_SIZE, 9_000, 5_000);
    equal(sys.fstat(fd).size, 10_000);
    sys.fallocate(fd, C.FALLOC_FL_ZERO_RANGE, 9_000, 5_000);
    equal(sys.fstat(fd).size, 14_000);
    sameBytes(sys.pread(fd, 10_000, 8_990), Buffer.concat([Buffer.alloc(10, 'x'), Buffer.alloc(5_000)]));
  },
);
