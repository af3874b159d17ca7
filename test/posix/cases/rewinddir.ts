import { behaviour, C, equal, same, sys } from '../harness.js';

export default behaviour('rewinding an open directory shows what has come and gone meanwhile', (place) => {
  sys.writeFile(place.at('stays'));
  sys.writeFile(place.at('goes'));
  const fd = sys.open(place.dir, C.O_RDONLY | C.O_DIRECTORY);
  sys.readRest(fd);
  sys.writeFile(place.at('comes'));
  sys.unlink(place.at('goes'));
  equal(sys.getdents(fd).filter((entry) => entry.name === 'stays').length, 0);
  sys.seekdir(fd, 0n);
  same(
    sys
      .readRest(fd)
      .map((entry) => entry.name)
      .sort(),
    ['.', '..', 'comes', 'stays'],
  );
});
