import { behaviour, C, equal, sameBytes, sys } from '../harness.js';

export default behaviour('writes and reads of any size at any offset agree with a model of the file', (place) => {
  const size = 300_000;
  const model = Buffer.alloc(size);
  const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  sys.ftruncate(fd, size);
  let seed = 12345;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) % below;
  };
  for (let round = 0; round < 300; round++) {
    const length = 1 + random(9000);
    const at = random(size - length);
    if (random(2) === 0) {
      model.fill(round & 0xff, at, at + length);
      equal(sys.pwrite(fd, model.subarray(at, at + length), at), length);
    } else sameBytes(sys.pread(fd, length, at), model.subarray(at, at + length), `round ${round}, ${length} at ${at}`);
  }
  sameBytes(sys.readFile(place.at('file')), model);
});
