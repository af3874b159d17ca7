import { behaviour, fails, sys } from '../harness.js';

export default behaviour(
  'mkdir below a missing directory is ENOENT, below a file ENOTDIR, through a loop ELOOP',
  (place) => {
    sys.writeFile(place.at('file'));
    sys.symlink('loop', place.at('loop'));
    fails('ENOENT', () => sys.mkdir(place.at('missing/dir')));
    fails('ENOTDIR', () => sys.mkdir(place.at('file/dir')));
    fails('ELOOP', () => sys.mkdir(place.at('loop/dir')));
  },
);
