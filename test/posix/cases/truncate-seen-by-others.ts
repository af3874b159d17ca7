import { behaviour, C, equal, sys } from '../harness.js';

export default behaviour('a truncate is seen at once by another process that has the file open', (place) => {
  sys.writeFile(place.at('file'), 'x'.repeat(10_000));
  const peer = place.peer();
  const theirs = peer.do('open', place.at('file'), C.O_RDWR);
  equal(peer.do('pread', theirs, 20_000, 0).length, 10_000);
  sys.truncate(place.at('file'), 100);
  equal(peer.do('pread', theirs, 20_000, 0).length, 100);
  equal(peer.do('fstat', theirs).size, 100);
  peer.do('ftruncate', theirs, 5);
  equal(sys.readFile(place.at('file')).length, 5);
});
