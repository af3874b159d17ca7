import { behaviour, C, equal, sys } from '../harness.js';

export default behaviour(
  '".." of a moved directory is its new parent, and the link counts follow',
  { needs: ['hostDirectoryLinks'] },
  (place) => {
    sys.mkdir(place.at('one'));
    sys.mkdir(place.at('two'));
    sys.mkdir(place.at('one/child'));
    const child = sys.open(place.at('one/child'), C.O_RDONLY | C.O_DIRECTORY);
    equal(sys.statat(child, '..').ino, sys.stat(place.at('one')).ino);
    sys.rename(place.at('one/child'), place.at('two/child'));
    const two = sys.stat(place.at('two'));
    equal(sys.statat(child, '..').ino, two.ino);
    equal(two.nlink, 3);
    equal(sys.stat(place.at('one')).nlink, 2);
    const dotdot = sys.readRest(child).find((entry) => entry.name === '..')!;
    equal(dotdot.ino, two.ino);
  },
);
