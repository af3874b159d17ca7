import { behaviour, C, equal, octal, sys } from '../harness.js';

export default behaviour('a write by root leaves setuid and setgid', { needs: ['root'] }, (place) => {
  sys.writeFile(place.at('file'), 'content');
  sys.chmod(place.at('file'), 0o6755);
  sys.write(sys.open(place.at('file'), C.O_WRONLY), 'x');
  equal(octal(sys.stat(place.at('file')).mode), '6755');
});
