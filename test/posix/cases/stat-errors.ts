import { alice, behaviour, fails, sys } from '../harness.js';

export default behaviour(
  'stat: ENOENT, ENOTDIR, ELOOP, and EACCES where the way is not open',
  { needs: ['root'] },
  (place) => {
    sys.writeFile(place.at('file'));
    sys.symlink('loop', place.at('loop'));
    sys.symlink('nowhere', place.at('dangling'));
    sys.mkdir(place.at('closed'));
    sys.writeFile(place.at('closed/file'));
    sys.chmod(place.at('closed'), 0o700);
    fails('ENOENT', () => sys.stat(place.at('missing')));
    fails('ENOENT', () => sys.stat(place.at('missing/x')));
    fails('ENOENT', () => sys.stat(place.at('dangling')));
    fails('ENOTDIR', () => sys.stat(place.at('file/x')));
    fails('ENOTDIR', () => sys.stat(place.at('file/')));
    fails('ELOOP', () => sys.stat(place.at('loop')));
    sys.as(alice, () => fails('EACCES', () => sys.stat(place.at('closed/file'))));
  },
);
