import { behaviour, C, sameBytes, sys } from '../harness.js';

export default behaviour('a write is seen at once through every other descriptor and process', (place) => {
  sys.writeFile(place.at('file'), 'aaaa');
  const writer = sys.open(place.at('file'), C.O_RDWR);
  const reader = sys.open(place.at('file'), C.O_RDONLY);
  const peer = place.peer();
  const theirs = peer.do('open', place.at('file'), C.O_RDWR);
  for (let i = 0; i < 20; i++) {
    const text = String(i).padStart(4, '0');
    sys.pwrite(writer, text, 0);
    sameBytes(sys.pread(reader, 4, 0), text);
    sameBytes(peer.do('pread', theirs, 4, 0), text);
    peer.do('pwrite', theirs, `${text}+`, 4);
    sameBytes(sys.pread(reader, 9, 0), `${text}${text}+`);
  }
});
