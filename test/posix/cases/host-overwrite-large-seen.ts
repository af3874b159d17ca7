import { behaviour, C, sameBytes, sys } from '../harness.js';

export default behaviour(
  'a part overwritten on the host is seen in the middle of a large file that was read before',
  { needs: ['host', 'hostAtOnce'] },
  (place) => {
    const host = place.hostPeer();
    const model = Buffer.alloc(3 << 20, 'x');
    sys.writeFile(place.at('file'), model);
    const fd = sys.open(place.at('file'), C.O_RDONLY);
    const theirs = host.do('open', place.hostAt('file'), C.O_RDWR);
    sameBytes(sys.pread(fd, model.length, 0), model);
    for (const at of [0, 1_500_001, model.length - 4]) {
      host.do('pwrite', theirs, 'HOST', at);
      model.write('HOST', at);
      sameBytes(sys.pread(fd, model.length, 0), model);
    }
  },
);
