import { behaviour, C, sys, truthy } from '../harness.js';

export default behaviour('a store to a mapping moves mtime, at the latest with msync', (place) => {
  sys.writeFile(place.at('file'), Buffer.alloc(4096));
  const fd = sys.open(place.at('file'), C.O_RDWR);
  const at = sys.mmap(fd, 4096, C.PROT_READ | C.PROT_WRITE, C.MAP_SHARED);
  sys.utimens(place.at('file'), 1n, 2n);
  sys.store(at, 'x');
  sys.msync(at, 4096, C.MS_SYNC);
  truthy(sys.fstat(fd).mtime > 2n, 'mtime moved');
});
