import { alice, behaviour, C, fails, sys } from '../harness.js';

export default behaviour(
  'O_TMPFILE read-only is EINVAL, on a file ENOTDIR, without permission EACCES',
  { needs: ['hostTmpfile', 'root'] },
  (place) => {
    sys.writeFile(place.at('file'));
    fails('EINVAL', () => sys.open(place.dir, C.O_TMPFILE | C.O_RDONLY));
    fails('ENOTDIR', () => sys.open(place.at('file'), C.O_TMPFILE | C.O_RDWR));
    fails('ENOENT', () => sys.open(place.at('missing'), C.O_TMPFILE | C.O_RDWR));
    sys.as(alice, () => fails('EACCES', () => sys.open(place.dir, C.O_TMPFILE | C.O_RDWR)));
  },
);
