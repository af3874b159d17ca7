import { behaviour, C, sameBytes, sys, truthy } from '../harness.js';

export default behaviour('a file unlinked while another process has it open stays whole for that process', (place) => {
  sys.writeFile(place.at('file'), 'theirs');
  const peer = place.peer();
  const theirs = peer.do('open', place.at('file'), C.O_RDWR);
  sys.unlink(place.at('file'));
  sys.writeFile(place.at('file'), 'another');
  sameBytes(peer.do('pread', theirs, 100, 0), 'theirs');
  peer.do('write', theirs, 'THEIRS');
  sameBytes(sys.readFile(place.at('file')), 'another');
  truthy(peer.do('fstat', theirs).ino !== sys.stat(place.at('file')).ino);
});
