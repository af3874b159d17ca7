import { behaviour, fails, sameBytes, sys } from '../harness.js';

export default behaviour('a symlink of 4095 bytes works, one of 4096 is ENAMETOOLONG, an empty one ENOENT', (place) => {
  const longest = 'x'.repeat(4095);
  sys.symlink(longest, place.at('longest'));
  sameBytes(sys.readlink(place.at('longest'), 8192), longest);
  fails('ENAMETOOLONG', () => sys.symlink(`${longest}x`, place.at('longer')));
  fails('ENOENT', () => sys.symlink('', place.at('empty')));
});
