import { behaviour, sameBytes, sys } from '../harness.js';

export default behaviour('readlink fills a buffer that is too small and says no more', (place) => {
  sys.symlink('0123456789', place.at('link'));
  sameBytes(sys.readlink(place.at('link'), 10), '0123456789');
  sameBytes(sys.readlink(place.at('link'), 4), '0123');
  sameBytes(sys.readlink(place.at('link'), 1), '0');
});
