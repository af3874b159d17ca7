import { alice, behaviour, C, fails, sys } from '../harness.js';

export default behaviour(
  'access asks for the real user, AT_EACCESS for the effective one',
  { needs: ['root'] },
  (place) => {
    sys.writeFile(place.at('file'));
    sys.chmod(place.at('file'), 0o600);
    sys.asEffective(alice.uid, () => {
      sys.access(place.at('file'), C.R_OK);
      fails('EACCES', () => sys.faccessat(C.AT_FDCWD, place.at('file'), C.R_OK, C.AT_EACCESS));
    });
  },
);
