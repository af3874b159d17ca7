import { behaviour, C, equal, sameBytes, sys } from '../harness.js';

export default behaviour('O_PATH|O_NOFOLLOW opens the symlink itself', (place) => {
  sys.symlink('nowhere', place.at('link'));
  const fd = sys.open(place.at('link'), C.O_PATH | C.O_NOFOLLOW);
  equal(sys.fstat(fd).mode & C.S_IFMT, C.S_IFLNK);
  sameBytes(sys.readlinkat(fd, ''), 'nowhere');
});
