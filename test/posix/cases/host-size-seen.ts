import { behaviour, C, equal, sameBytes, sys } from '../harness.js';

export default behaviour(
  'growing and truncating on the host is seen in size, content and SEEK_END',
  { needs: ['host', 'hostAtOnce'] },
  (place) => {
    const host = place.hostPeer();
    sys.writeFile(place.at('file'), 'start');
    const fd = sys.open(place.at('file'), C.O_RDWR);
    const theirs = host.do('open', place.hostAt('file'), C.O_RDWR);
    sameBytes(sys.pread(fd, 100, 0), 'start');
    host.do('pwrite', theirs, 'grown', 10_000);
    equal(sys.stat(place.at('file')).size, 10_005);
    equal(sys.lseek(fd, 0, C.SEEK_END), 10_005);
    sameBytes(sys.pread(fd, 100, 10_000), 'grown');
    host.do('ftruncate', theirs, 3);
    equal(sys.fstat(fd).size, 3);
    sameBytes(sys.pread(fd, 100, 0), 'sta');
    host.do('ftruncate', theirs, 8);
    sameBytes(sys.pread(fd, 100, 0), 'sta\0\0\0\0\0');
  },
);
