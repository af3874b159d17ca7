import { behaviour, equal, same, sys } from '../harness.js';

export default behaviour('rename between two names of one file does nothing and succeeds', (place) => {
  sys.writeFile(place.at('a'), 'x');
  sys.link(place.at('a'), place.at('b'));
  sys.rename(place.at('a'), place.at('b'));
  sys.rename(place.at('a'), place.at('a'));
  same(sys.names(place.dir), ['a', 'b']);
  equal(sys.stat(place.at('a')).nlink, 2);
});
