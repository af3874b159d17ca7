import { behaviour, C, equal, fails, octal, sys } from '../harness.js';

export default behaviour('mkfifo makes a FIFO with mode and umask', (place) => {
  sys.umask(0o027);
  sys.mkfifo(place.at('fifo'), 0o666);
  const stat = sys.stat(place.at('fifo'));
  equal(stat.mode & C.S_IFMT, C.S_IFIFO);
  equal(octal(stat.mode), '0640');
  fails('EEXIST', () => sys.mkfifo(place.at('fifo')));
  fails('ENOENT', () => sys.mkfifo(place.at('missing/fifo')));
  fails('ENOTDIR', () => sys.mkfifo(place.at('fifo/fifo')));
});
