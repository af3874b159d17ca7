import { behaviour, equal, octal, sys } from '../harness.js';

export default behaviour('chmod follows a symlink', (place) => {
  sys.writeFile(place.at('file'));
  sys.symlink('file', place.at('link'));
  sys.chmod(place.at('link'), 0o604);
  equal(octal(sys.stat(place.at('file')).mode), '0604');
  equal(octal(sys.lstat(place.at('link')).mode), '0777');
});
