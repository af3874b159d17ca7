import { behaviour, equal, sys } from '../harness.js';

export default behaviour(
  'a subdirectory adds one link to its parent, its removal takes it away',
  { needs: ['hostDirectoryLinks'] },
  (place) => {
    equal(sys.stat(place.dir).nlink, 2);
    sys.mkdir(place.at('a'));
    sys.mkdir(place.at('b'));
    equal(sys.stat(place.dir).nlink, 4);
    equal(sys.stat(place.at('a')).nlink, 2);
    sys.rmdir(place.at('a'));
    equal(sys.stat(place.dir).nlink, 3);
    sys.rename(place.at('b'), place.at('c'));
    equal(sys.stat(place.dir).nlink, 3);
  },
);
