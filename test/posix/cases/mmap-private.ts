import { behaviour, C, sameBytes, sys } from '../harness.js';

export default behaviour('a store to a private mapping stays private', (place) => {
  sys.writeFile(place.at('file'), Buffer.alloc(4096, '.'));
  const fd = sys.open(place.at('file'), C.O_RDONLY);
  const at = sys.mmap(fd, 4096, C.PROT_READ | C.PROT_WRITE, C.MAP_PRIVATE);
  sys.store(at, 'private');
  sameBytes(sys.load(at, 8), 'private.');
  sys.munmap(at, 4096);
  sameBytes(sys.readFile(place.at('file')), Buffer.alloc(4096, '.'));
});
