import { behaviour, fails, same, sameBytes, sys } from '../harness.js';

export default behaviour('rename over an empty directory replaces it, over a full one is ENOTEMPTY', (place) => {
  sys.mkdir(place.at('from'));
  sys.writeFile(place.at('from/file'), 'x');
  sys.mkdir(place.at('empty'));
  sys.mkdir(place.at('full'));
  sys.writeFile(place.at('full/file'), 'y');
  fails(['ENOTEMPTY', 'EEXIST'], () => sys.rename(place.at('from'), place.at('full')));
  sys.rename(place.at('from'), place.at('empty'));
  sameBytes(sys.readFile(place.at('empty/file')), 'x');
  same(sys.names(place.dir), ['empty', 'full']);
});
