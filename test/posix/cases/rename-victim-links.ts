import { behaviour, equal, sameBytes, sys } from '../harness.js';

export default behaviour('a file replaced by rename loses a link', (place) => {
  sys.writeFile(place.at('victim'), 'old');
  sys.link(place.at('victim'), place.at('second'));
  sys.writeFile(place.at('new'), 'new');
  equal(sys.stat(place.at('second')).nlink, 2);
  sys.rename(place.at('new'), place.at('victim'));
  equal(sys.stat(place.at('second')).nlink, 1);
  sameBytes(sys.readFile(place.at('second')), 'old');
});
