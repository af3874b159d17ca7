import { behaviour, C, equal, sys, truthy } from '../harness.js';

export default behaviour('a symlink is a symlink for lstat, mode 0777, and its target for stat', (place) => {
  sys.writeFile(place.at('file'), 'four');
  sys.symlink('file', place.at('link'));
  const itself = sys.lstat(place.at('link'));
  equal(itself.mode, C.S_IFLNK | 0o777);
  equal(itself.nlink, 1);
  const target = sys.stat(place.at('link'));
  equal(target.mode & C.S_IFMT, C.S_IFREG);
  equal(target.size, 4);
  truthy(itself.ino !== target.ino);
});
