import { behaviour, sameBytes, sys } from '../harness.js';

export default behaviour('truncate follows a symlink', (place) => {
  sys.writeFile(place.at('file'), 'abc');
  sys.symlink('file', place.at('link'));
  sys.truncate(place.at('link'), 1);
  sameBytes(sys.readFile(place.at('file')), 'a');
});
