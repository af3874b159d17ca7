import { behaviour, C, sameBytes, sys } from '../harness.js';

export default behaviour(
  'what the host writes is read at the next call, through descriptors too, also without a change of size',
  { needs: ['host', 'hostAtOnce'] },
  (place) => {
    const host = place.hostPeer();
    host.do('writeFile', place.hostAt('file'), '0000');
    const fd = sys.open(place.at('file'), C.O_RDONLY);
    for (let i = 0; i < 100; i++) {
      const text = String(i).padStart(4, '0');
      host.do('writeFile', place.hostAt('file'), text);
      sameBytes(sys.pread(fd, 100, 0), text);
      sameBytes(sys.readFile(place.at('file')), text);
    }
  },
);
