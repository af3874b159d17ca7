import { behaviour, C, sameBytes, sys } from '../harness.js';

export default behaviour('a mapped file reads like the file, zeros after its end up to the page', (place) => {
  sys.writeFile(place.at('file'), 'mapped content');
  const fd = sys.open(place.at('file'), C.O_RDONLY);
  const at = sys.mmap(fd, 4096, C.PROT_READ, C.MAP_SHARED);
  sameBytes(sys.load(at, 20), 'mapped content\0\0\0\0\0\0');
  sameBytes(sys.load(at + 4090, 6), Buffer.alloc(6));
});
