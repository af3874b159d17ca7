import { alice, behaviour, C, equal, octal, sys } from '../harness.js';

export default behaviour(
  'open with O_TRUNC by an ordinary user clears setuid and setgid',
  { needs: ['root'] },
  (place) => {
    sys.writeFile(place.at('file'), 'content');
    sys.chmod(place.at('file'), 0o6777);
    sys.as(alice, () => sys.open(place.at('file'), C.O_WRONLY | C.O_TRUNC));
    equal(octal(sys.stat(place.at('file')).mode), '0777');
  },
);
