import { behaviour, C, sameBytes, sys } from '../harness.js';

export default behaviour('an append here goes behind what the host has appended', { needs: ['host'] }, (place) => {
  const host = place.hostPeer();
  sys.writeFile(place.at('log'), '');
  const fd = sys.open(place.at('log'), C.O_WRONLY | C.O_APPEND);
  const theirs = host.do('open', place.hostAt('log'), C.O_WRONLY | C.O_APPEND);
  let expected = '';
  for (let i = 0; i < 20; i++) {
    host.do('write', theirs, `host ${i}\n`);
    sys.write(fd, `here ${i}\n`);
    expected += `host ${i}\nhere ${i}\n`;
  }
  sameBytes(sys.readFile(place.at('log')), expected);
});
