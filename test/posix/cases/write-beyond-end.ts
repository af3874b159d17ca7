import { behaviour, C, sameBytes, sys } from '../harness.js';

export default behaviour('a write beyond the end leaves zeros between', (place) => {
  const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  sys.write(fd, 'start');
  sys.pwrite(fd, 'end', 10_000);
  const expected = Buffer.concat([Buffer.from('start'), Buffer.alloc(9_995), Buffer.from('end')]);
  sameBytes(sys.readFile(place.at('file')), expected);
});
