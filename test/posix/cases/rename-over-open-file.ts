import { behaviour, C, sameBytes, sys } from '../harness.js';

export default behaviour('rename over an open file keeps the old data readable', (place) => {
  sys.writeFile(place.at('old'), 'old data');
  sys.writeFile(place.at('new'), 'new data');
  const fd = sys.open(place.at('old'), C.O_RDONLY);
  sys.rename(place.at('new'), place.at('old'));
  sameBytes(sys.read(fd, 100), 'old data');
  sameBytes(sys.readFile(place.at('old')), 'new data');
});
