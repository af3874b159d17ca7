import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour('chown: ENOENT, ENOTDIR, ELOOP, EBADF', (place) => {
  sys.writeFile(place.at('file'));
  sys.symlink('loop', place.at('loop'));
  fails('ENOENT', () => sys.chown(place.at('missing'), 0, 0));
  fails('ENOTDIR', () => sys.chown(place.at('file/x'), 0, 0));
  fails('ELOOP', () => sys.chown(place.at('loop'), 0, 0));
  fails('EBADF', () => sys.fchown(sys.open(place.at('file'), C.O_PATH), 0, 0));
});
