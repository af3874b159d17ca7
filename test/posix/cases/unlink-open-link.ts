import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour('an unlinked open file cannot be linked again: ENOENT', (place) => {
  const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  sys.unlink(place.at('file'));
  fails('ENOENT', () => sys.link(`/proc/self/fd/${fd}`, place.at('again'), C.AT_SYMLINK_FOLLOW));
});
