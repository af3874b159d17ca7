import { behaviour, C, same, sys } from '../harness.js';

export default behaviour('an empty directory has "." and ".." only', (place) => {
  sys.mkdir(place.at('dir'));
  const fd = sys.open(place.at('dir'), C.O_RDONLY | C.O_DIRECTORY);
  same(
    sys
      .readRest(fd)
      .map((entry) => entry.name)
      .sort(),
    ['.', '..'],
  );
});
