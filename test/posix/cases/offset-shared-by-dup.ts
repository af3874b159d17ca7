import { behaviour, C, sameBytes, sys } from '../harness.js';

export default behaviour('descriptors from dup share the offset, descriptors from open do not', (place) => {
  sys.writeFile(place.at('file'), '0123456789');
  const fd = sys.open(place.at('file'), C.O_RDONLY);
  const twin = sys.dup(fd);
  const other = sys.open(place.at('file'), C.O_RDONLY);
  sameBytes(sys.read(fd, 3), '012');
  sameBytes(sys.read(twin, 3), '345');
  sameBytes(sys.read(other, 3), '012');
  sys.close(fd);
  sameBytes(sys.read(twin, 3), '678');
});
