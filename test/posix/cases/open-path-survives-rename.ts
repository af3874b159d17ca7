import { behaviour, C, sameBytes, sys } from '../harness.js';

export default behaviour('an O_PATH descriptor of a directory stays a base for names when it is renamed', (place) => {
  sys.mkdir(place.at('one'));
  sys.writeFile(place.at('one/file'), 'here');
  const fd = sys.open(place.at('one'), C.O_PATH);
  sys.rename(place.at('one'), place.at('two'));
  sameBytes(sys.read(sys.openat(fd, 'file', C.O_RDONLY), 10), 'here');
});
