import { behaviour, C, equal, fails, sameBytes, sys } from '../harness.js';

export default behaviour(
  'a file that the host unlinks stays whole for who has it open here',
  { needs: ['host'] },
  (place) => {
    const host = place.hostPeer();
    sys.writeFile(place.at('file'), 'content');
    const fd = sys.open(place.at('file'), C.O_RDWR);
    host.do('unlink', place.hostAt('file'));
    place.seen(() => fails('ENOENT', () => sys.stat(place.at('file'))));
    sameBytes(sys.pread(fd, 100, 0), 'content');
    sys.pwrite(fd, 'CON', 0);
    sameBytes(sys.pread(fd, 100, 0), 'CONtent');
    equal(sys.fstat(fd).nlink, 0);
    sys.ftruncate(fd, 2);
    equal(sys.fstat(fd).size, 2);
    sys.writeFile(place.at('file'), 'another');
    sameBytes(sys.pread(fd, 100, 0), 'CO');
  },
);
