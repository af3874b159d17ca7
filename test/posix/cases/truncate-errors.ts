import { behaviour, equal, fails, sys } from '../harness.js';

export default behaviour('truncate: ENOENT, ENOTDIR, EISDIR, EINVAL, ELOOP', (place) => {
  sys.writeFile(place.at('file'), 'abc');
  sys.mkdir(place.at('dir'));
  sys.mkfifo(place.at('fifo'));
  sys.symlink('loop', place.at('loop'));
  fails('ENOENT', () => sys.truncate(place.at('missing'), 0));
  fails('ENOTDIR', () => sys.truncate(place.at('file/x'), 0));
  fails('EISDIR', () => sys.truncate(place.at('dir'), 0));
  fails('EINVAL', () => sys.truncate(place.at('file'), -1));
  fails('EINVAL', () => sys.truncate(place.at('fifo'), 0));
  fails('ELOOP', () => sys.truncate(place.at('loop'), 0));
  equal(sys.stat(place.at('file')).size, 3);
});
