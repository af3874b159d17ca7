import { behaviour, C, equal, sameBytes, sys } from '../harness.js';

export default behaviour('O_DIRECT reads and writes aligned blocks and agrees with cached reading', (place) => {
  sys.writeFile(place.at('file'), Buffer.alloc(16384, 'a'));
  sameBytes(sys.readFile(place.at('file')), Buffer.alloc(16384, 'a'));
  const fd = sys.open(place.at('file'), C.O_RDWR | C.O_DIRECT);
  // O_DIRECT wants aligned memory: a mapping is.
  const page = sys.mmap(-1, 4096, C.PROT_READ | C.PROT_WRITE, C.MAP_PRIVATE | 0x20);
  sys.store(page, Buffer.alloc(4096, 'b'));
  equal(sys.call('pwrite64', fd, page, 4096, 8192), 4096);
  const expected = Buffer.concat([Buffer.alloc(8192, 'a'), Buffer.alloc(4096, 'b'), Buffer.alloc(4096, 'a')]);
  sameBytes(sys.readFile(place.at('file')), expected);
  equal(sys.call('pread64', fd, page, 4096, 4096), 4096);
  sameBytes(sys.load(page, 4096), Buffer.alloc(4096, 'a'));
});
