import { behaviour, C, equal, fails, sys } from '../harness.js';

export default behaviour(
  'SEEK_DATA and SEEK_HOLE find the edges of a sparse file',
  { needs: ['hostHoles'] },
  (place) => {
    const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
    const unit = 1 << 20;
    sys.pwrite(fd, Buffer.alloc(unit, 'x'), 4 * unit);
    sys.ftruncate(fd, 8 * unit);
    sys.fsync(fd);
    equal(sys.lseek(fd, 0, C.SEEK_HOLE), 0);
    equal(sys.lseek(fd, 0, C.SEEK_DATA), 4 * unit);
    equal(sys.lseek(fd, 4 * unit + 5, C.SEEK_DATA), 4 * unit + 5);
    equal(sys.lseek(fd, 4 * unit, C.SEEK_HOLE), 5 * unit);
    fails('ENXIO', () => sys.lseek(fd, 5 * unit, C.SEEK_DATA));
  },
);
