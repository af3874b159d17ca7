import { behaviour, C, equal, sameBytes, sys, truthy } from '../harness.js';

export default behaviour('fallocate extends the file with zeros, with KEEP_SIZE it reserves only', (place) => {
  const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  sys.write(fd, 'abc');
  sys.fallocate(fd, C.FALLOC_FL_KEEP_SIZE, 0, 1 << 20);
  equal(sys.fstat(fd).size, 3);
  truthy(sys.fstat(fd).blocks * 512 >= 1 << 20, 'blocks are reserved');
  sys.fallocate(fd, 0, 100, 50_000);
  equal(sys.fstat(fd).size, 50_100);
  sameBytes(sys.readFile(place.at('file')), Buffer.concat([Buffer.from('abc'), Buffer.alloc(50_097)]));
  sys.fallocate(fd, 0, 0, 10);
  equal(sys.fstat(fd).size, 50_100);
});
