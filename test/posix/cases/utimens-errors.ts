import { behaviour, fails, sys } from '../harness.js';

export default behaviour('utimensat: ENOENT, ENOTDIR, ELOOP, EBADF', (place) => {
  sys.writeFile(place.at('file'));
  sys.symlink('loop', place.at('loop'));
  fails('ENOENT', () => sys.utimens(place.at('missing'), 1n, 1n));
  fails('ENOTDIR', () => sys.utimens(place.at('file/x'), 1n, 1n));
  fails('ELOOP', () => sys.utimens(place.at('loop'), 1n, 1n));
  fails('EBADF', () => sys.futimens(9999, 1n, 1n));
});
