import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour(
  'an O_TMPFILE|O_EXCL file can never get a name: ENOENT',
  { needs: ['hostTmpfile'] },
  (place) => {
    const fd = sys.open(place.dir, C.O_TMPFILE | C.O_EXCL | C.O_RDWR);
    fails('ENOENT', () => sys.link(`/proc/self/fd/${fd}`, place.at('named'), C.AT_SYMLINK_FOLLOW));
  },
);
