import { behaviour, fails, same, sys } from '../harness.js';

export default behaviour('rename of a directory below itself is EINVAL, onto its own ancestor ENOTEMPTY', (place) => {
  sys.mkdir(place.at('a'));
  sys.mkdir(place.at('a/b'));
  sys.mkdir(place.at('a/b/c'));
  fails('EINVAL', () => sys.rename(place.at('a'), place.at('a/x')));
  fails('EINVAL', () => sys.rename(place.at('a'), place.at('a/b/c/x')));
  fails('ENOTEMPTY', () => sys.rename(place.at('a/b/c'), place.at('a')));
  same(sys.names(place.at('a/b')), ['c']);
});
