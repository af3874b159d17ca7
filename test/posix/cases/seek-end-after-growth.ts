import { behaviour, C, equal, sys } from '../harness.js';

export default behaviour('SEEK_END knows what another process has just written', (place) => {
  sys.writeFile(place.at('file'), 'abc');
  const fd = sys.open(place.at('file'), C.O_RDONLY);
  const peer = place.peer();
  peer.do('pwrite', peer.do('open', place.at('file'), C.O_RDWR), 'grown', 100);
  equal(sys.lseek(fd, 0, C.SEEK_END), 105);
});
