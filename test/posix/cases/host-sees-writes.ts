import { behaviour, C, sameBytes, sys } from '../harness.js';

export default behaviour(
  'every write, append and truncate here is on the host before the call returns',
  { needs: ['host'] },
  (place) => {
    const host = place.hostPeer();
    const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
    const content = () => host.do('readFile', place.hostAt('file'));
    sys.write(fd, 'written');
    sameBytes(content(), 'written');
    sys.pwrite(fd, 'XX', 3);
    sameBytes(content(), 'wriXXen');
    sys.ftruncate(fd, 4);
    sameBytes(content(), 'wriX');
    const large = Buffer.alloc(3 << 20, 'large ');
    sys.pwrite(fd, large, 0);
    sameBytes(content(), large);
  },
);
