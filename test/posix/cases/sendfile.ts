import { behaviour, C, equal, sameBytes, sys } from '../harness.js';

export default behaviour('sendfile and splice move bytes out of and into files', (place) => {
  const data = Buffer.alloc(20_000, 'sendfile ');
  sys.writeFile(place.at('from'), data);
  const from = sys.open(place.at('from'), C.O_RDONLY);
  const to = sys.open(place.at('to'), C.O_CREAT | C.O_RDWR);
  equal(sys.sendfile(to, from, 5, 15_000), 15_000);
  sameBytes(sys.readFile(place.at('to')), data.subarray(5, 15_005));
  const [output, input] = sys.pipe();
  equal(sys.splice(from, 7, input, null, 4096), 4096);
  equal(sys.splice(output, null, to, 1, 4096), 4096);
  sameBytes(sys.pread(to, 4096, 1), data.subarray(7, 4103));
});
