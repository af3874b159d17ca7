import { behaviour, C, equal, octal, sameBytes, sys } from '../harness.js';

export default behaviour('an open file goes on under its new name', (place) => {
  sys.mkdir(place.at('dir'));
  const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  sys.write(fd, 'before ');
  sys.rename(place.at('file'), place.at('dir/renamed'));
  sys.write(fd, 'after');
  sameBytes(sys.readFile(place.at('dir/renamed')), 'before after');
  sys.fchmod(fd, 0o600);
  equal(octal(sys.stat(place.at('dir/renamed')).mode), '0600');
  sys.ftruncate(fd, 3);
  equal(sys.stat(place.at('dir/renamed')).size, 3);
});
