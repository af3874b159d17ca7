import { behaviour, C, sameBytes, sys } from '../harness.js';

export default behaviour('a mapping outlives the descriptor and the name', (place) => {
  sys.writeFile(place.at('file'), Buffer.alloc(8192, 'x'));
  const fd = sys.open(place.at('file'), C.O_RDWR);
  const at = sys.mmap(fd, 8192, C.PROT_READ | C.PROT_WRITE, C.MAP_SHARED);
  sys.close(fd);
  sys.unlink(place.at('file'));
  sameBytes(sys.load(at + 5000, 2), 'xx');
  sys.store(at, 'still');
  sys.msync(at, 8192, C.MS_SYNC);
  sameBytes(sys.load(at, 6), 'stillx');
});
