import { behaviour, C, equal, sys } from '../harness.js';

export default behaviour('st_size follows every write and truncate at once, by name and by descriptor', (place) => {
  const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  for (const size of [1, 4096, 4097, 100_000, 3, 0, 70_000]) {
    if (size > sys.fstat(fd).size) sys.pwrite(fd, 'x', size - 1);
    else sys.ftruncate(fd, size);
    equal(sys.stat(place.at('file')).size, size);
    equal(sys.fstat(fd).size, size);
  }
});
