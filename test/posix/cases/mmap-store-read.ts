import { behaviour, C, sameBytes, sys } from '../harness.js';

export default behaviour('a store to a shared mapping is seen by read, a write by the mapping', (place) => {
  sys.writeFile(place.at('file'), Buffer.alloc(8192, '.'));
  const fd = sys.open(place.at('file'), C.O_RDWR);
  const reader = sys.open(place.at('file'), C.O_RDONLY);
  const at = sys.mmap(fd, 8192, C.PROT_READ | C.PROT_WRITE, C.MAP_SHARED);
  for (let i = 0; i < 20; i++) {
    sys.store(at + 4090 + i, String(i % 10));
    sameBytes(sys.pread(reader, 1, 4090 + i), String(i % 10));
    sys.pwrite(fd, 'w', i);
    sameBytes(sys.load(at + i, 1), 'w');
  }
});
