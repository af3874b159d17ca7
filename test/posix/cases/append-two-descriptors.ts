import { behaviour, C, sameBytes, sys } from '../harness.js';

export default behaviour('O_APPEND descriptors of two processes always write behind what the other wrote', (place) => {
  sys.writeFile(place.at('log'));
  const fd = sys.open(place.at('log'), C.O_WRONLY | C.O_APPEND);
  const peer = place.peer();
  const theirs = peer.do('open', place.at('log'), C.O_WRONLY | C.O_APPEND);
  let expected = '';
  for (let i = 0; i < 20; i++) {
    sys.write(fd, `ours ${i}\n`);
    peer.do('write', theirs, `theirs ${i}\n`);
    expected += `ours ${i}\ntheirs ${i}\n`;
  }
  sameBytes(sys.readFile(place.at('log')), expected);
});
