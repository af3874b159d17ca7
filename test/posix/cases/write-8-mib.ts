import { behaviour, C, equal, sameBytes, sys } from '../harness.js';

export default behaviour('one write of 8 MiB is written whole, one read of 8 MiB is read whole', (place) => {
  const data = Buffer.alloc(8 << 20);
  for (let i = 0; i < data.length; i += 4) data.writeUInt32LE((i * 2654435761) >>> 0, i);
  const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  equal(sys.write(fd, data), data.length);
  sameBytes(sys.pread(fd, data.length, 0), data);
  sameBytes(sys.pread(fd, data.length, 1).subarray(0, -1), data.subarray(1, -1));
});
