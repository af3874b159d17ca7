import { behaviour, C, sameBytes, sys } from '../harness.js';

export default behaviour('a mapping of a part of the file shows that part, also beyond 4 GiB', (place) => {
  const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  const far = 5 * 2 ** 30;
  sys.pwrite(fd, 'far', far + 7);
  sys.ftruncate(fd, far + 4096);
  const at = sys.mmap(fd, 4096, C.PROT_READ | C.PROT_WRITE, C.MAP_SHARED, far);
  sameBytes(sys.load(at + 6, 5), '\0far\0');
  sys.store(at + 100, 'stored');
  sameBytes(sys.pread(fd, 6, far + 100), 'stored');
});
