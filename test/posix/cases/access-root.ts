import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour(
  'root may read and write anything, but execute only what somebody may',
  { needs: ['root'] },
  (place) => {
    sys.writeFile(place.at('file'));
    sys.chmod(place.at('file'), 0);
    sys.access(place.at('file'), C.R_OK | C.W_OK);
    fails('EACCES', () => sys.access(place.at('file'), C.X_OK));
    sys.chmod(place.at('file'), 0o001);
    sys.access(place.at('file'), C.X_OK);
    sys.mkdir(place.at('dir'));
    sys.chmod(place.at('dir'), 0);
    sys.access(place.at('dir'), C.R_OK | C.W_OK | C.X_OK);
  },
);
