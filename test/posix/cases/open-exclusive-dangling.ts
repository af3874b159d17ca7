import { behaviour, C, equal, fails, sys } from '../harness.js';

export default behaviour(
  'open with O_CREAT|O_EXCL of a dangling symlink is EEXIST and does not make its target',
  (place) => {
    sys.symlink('target', place.at('link'));
    fails('EEXIST', () => sys.open(place.at('link'), C.O_CREAT | C.O_EXCL | C.O_RDWR));
    equal(sys.exists(place.at('target')), false);
  },
);
