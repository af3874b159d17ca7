import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour("mmap: EACCES against the descriptor's direction, ENODEV of a directory, EINVAL", (place) => {
  sys.writeFile(place.at('file'), 'x');
  const reader = sys.open(place.at('file'), C.O_RDONLY);
  const writer = sys.open(place.at('file'), C.O_WRONLY);
  fails('EACCES', () => sys.mmap(reader, 4096, C.PROT_READ | C.PROT_WRITE, C.MAP_SHARED));
  fails('EACCES', () => sys.mmap(writer, 4096, C.PROT_READ, C.MAP_SHARED));
  fails('ENODEV', () => sys.mmap(sys.open(place.dir, C.O_RDONLY), 4096, C.PROT_READ, C.MAP_PRIVATE));
  fails('EINVAL', () => sys.mmap(reader, 0, C.PROT_READ, C.MAP_PRIVATE));
  fails('EINVAL', () => sys.mmap(reader, 4096, C.PROT_READ, C.MAP_PRIVATE, 100));
  fails('EBADF', () => sys.mmap(9999, 4096, C.PROT_READ, C.MAP_PRIVATE));
});
