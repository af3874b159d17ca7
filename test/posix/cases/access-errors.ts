import { alice, behaviour, C, fails, sys } from '../harness.js';

export default behaviour('access: ENOENT, ENOTDIR, ELOOP, EACCES on the way, EINVAL', { needs: ['root'] }, (place) => {
  sys.writeFile(place.at('file'));
  sys.symlink('loop', place.at('loop'));
  sys.mkdir(place.at('closed'));
  sys.writeFile(place.at('closed/file'));
  sys.chmod(place.at('closed'), 0o600);
  fails('ENOENT', () => sys.access(place.at('missing'), C.F_OK));
  fails('ENOTDIR', () => sys.access(place.at('file/x'), C.F_OK));
  fails('ELOOP', () => sys.access(place.at('loop'), C.F_OK));
  fails('EINVAL', () => sys.access(place.at('file'), 0o100));
  sys.as(alice, () => fails('EACCES', () => sys.access(place.at('closed/file'), C.F_OK)));
  sys.faccessat(C.AT_FDCWD, place.at('loop'), C.F_OK, C.AT_SYMLINK_NOFOLLOW);
});
