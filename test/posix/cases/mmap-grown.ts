import { behaviour, C, sameBytes, sys } from '../harness.js';

export default behaviour('a mapping reaches what the file has grown to since', (place) => {
  const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  const at = sys.mmap(fd, 8192, C.PROT_READ | C.PROT_WRITE, C.MAP_SHARED);
  sys.pwrite(fd, 'grown', 4096);
  sameBytes(sys.load(at + 4096, 5), 'grown');
  sys.ftruncate(fd, 8192);
  sys.store(at + 8190, 'ok');
  sameBytes(sys.pread(fd, 2, 8190), 'ok');
});
