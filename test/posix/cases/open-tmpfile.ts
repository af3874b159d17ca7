import { behaviour, C, equal, octal, same, sameBytes, sys } from '../harness.js';

export default behaviour(
  'O_TMPFILE makes a file without a name; linkat gives it one',
  { needs: ['hostTmpfile'] },
  (place) => {
    const fd = sys.open(place.dir, C.O_TMPFILE | C.O_RDWR, 0o640);
    sys.write(fd, 'nameless');
    equal(sys.fstat(fd).nlink, 0);
    equal(octal(sys.fstat(fd).mode), '0640');
    same(sys.names(place.dir), []);
    sys.link(`/proc/self/fd/${fd}`, place.at('named'), C.AT_SYMLINK_FOLLOW);
    equal(sys.fstat(fd).nlink, 1);
    equal(sys.stat(place.at('named')).ino, sys.fstat(fd).ino);
    sameBytes(sys.readFile(place.at('named')), 'nameless');
  },
);
