import { behaviour, C, equal, sameBytes, sys } from '../harness.js';

export default behaviour(
  'pages of a mapping that truncate cuts off are SIGBUS, and zeros when they come back',
  async (place) => {
    sys.writeFile(place.at('file'), Buffer.alloc(12_288, 'x'));
    const peer = place.peer();
    const fd = peer.do('open', place.at('file'), C.O_RDWR);
    const at = peer.do('mmap', fd, 12_288, C.PROT_READ | C.PROT_WRITE, C.MAP_SHARED);
    sameBytes(peer.do('load', at + 8192, 3), 'xxx');
    sys.truncate(place.at('file'), 5000);
    // The rest of the last page reads as zeros.
    sameBytes(peer.do('load', at + 4998, 4), 'xx\0\0');
    sys.truncate(place.at('file'), 12_288);
    sameBytes(peer.do('load', at + 8192, 3), '\0\0\0');
    sameBytes(peer.do('load', at + 4998, 4), 'xx\0\0');
    peer.do('ftruncate', fd, 100);
    peer.start('load', at + 8192, 1);
    peer.gone();
    equal(await peer.deathSignal(), 'SIGBUS');
  },
);
