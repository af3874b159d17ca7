import { behaviour, fails, same, sys } from '../harness.js';

export default behaviour('rename of what is missing, or into a missing directory, is ENOENT', (place) => {
  sys.writeFile(place.at('file'));
  fails('ENOENT', () => sys.rename(place.at('missing'), place.at('x')));
  fails('ENOENT', () => sys.rename(place.at('file'), place.at('missing/x')));
  fails('ENOENT', () => sys.rename(place.at('missing/x'), place.at('x')));
  same(sys.names(place.dir), ['file']);
});
