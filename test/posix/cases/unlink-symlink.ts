import { behaviour, same, sys } from '../harness.js';

export default behaviour('unlink removes the symlink, not what it leads to', (place) => {
  sys.writeFile(place.at('file'), 'x');
  sys.symlink('file', place.at('link'));
  sys.unlink(place.at('link'));
  same(sys.names(place.dir), ['file']);
});
