import { behaviour, fails, sys } from '../harness.js';

export default behaviour('chmod: ENOENT, ENOTDIR, ELOOP', (place) => {
  sys.writeFile(place.at('file'));
  sys.symlink('loop', place.at('loop'));
  sys.symlink('nowhere', place.at('dangling'));
  fails('ENOENT', () => sys.chmod(place.at('missing'), 0o600));
  fails('ENOENT', () => sys.chmod(place.at('dangling'), 0o600));
  fails('ENOTDIR', () => sys.chmod(place.at('file/x'), 0o600));
  fails('ELOOP', () => sys.chmod(place.at('loop'), 0o600));
});
