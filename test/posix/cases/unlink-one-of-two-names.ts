import { behaviour, C, equal, sameBytes, sys } from '../harness.js';

export default behaviour('unlink of one of two names leaves the other and its content', (place) => {
  sys.writeFile(place.at('a'), 'content');
  sys.link(place.at('a'), place.at('b'));
  const fd = sys.open(place.at('a'), C.O_RDWR);
  sys.unlink(place.at('a'));
  equal(sys.fstat(fd).nlink, 1);
  sys.write(fd, 'CONTENT');
  sameBytes(sys.readFile(place.at('b')), 'CONTENT');
});
