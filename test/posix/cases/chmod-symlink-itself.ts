import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour('the mode of a symlink cannot be changed: EOPNOTSUPP', { needs: ['fchmodat2'] }, (place) => {
  sys.symlink('nowhere', place.at('link'));
  fails('EOPNOTSUPP', () => sys.fchmodat2(C.AT_FDCWD, place.at('link'), 0o600, C.AT_SYMLINK_NOFOLLOW));
});
