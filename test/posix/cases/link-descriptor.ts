import { behaviour, C, equal, sys } from '../harness.js';

export default behaviour(
  'linkat with AT_EMPTY_PATH links the file behind a descriptor',
  { needs: ['root'] },
  (place) => {
    sys.writeFile(place.at('a'), 'x');
    const fd = sys.open(place.at('a'), C.O_PATH);
    sys.rename(place.at('a'), place.at('b'));
    sys.writeFile(place.at('a'), 'other');
    sys.linkat(fd, '', C.AT_FDCWD, place.at('c'), C.AT_EMPTY_PATH);
    equal(sys.stat(place.at('c')).ino, sys.stat(place.at('b')).ino);
  },
);
