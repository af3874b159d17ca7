import { behaviour, C, sameBytes, sys } from '../harness.js';

export default behaviour('an inherited descriptor shares its offset with the child', (place) => {
  sys.writeFile(place.at('file'), '0123456789');
  const fd = sys.open(place.at('file'), C.O_RDWR);
  sys.lseek(fd, 2, C.SEEK_SET);
  const child = place.peer({ inherit: [fd] });
  sameBytes(child.do('read', 3, 2), '23');
  sameBytes(sys.read(fd, 2), '45');
});
