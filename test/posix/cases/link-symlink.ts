import { behaviour, C, equal, sys } from '../harness.js';

export default behaviour(
  'link makes a name for the symlink itself, with AT_SYMLINK_FOLLOW for what it leads to',
  (place) => {
    sys.writeFile(place.at('file'), 'x');
    sys.symlink('file', place.at('link'));
    sys.link(place.at('link'), place.at('hard'));
    equal(sys.lstat(place.at('hard')).mode & C.S_IFMT, C.S_IFLNK);
    equal(sys.lstat(place.at('hard')).nlink, 2);
    equal(sys.lstat(place.at('hard')).ino, sys.lstat(place.at('link')).ino);
    sys.link(place.at('link'), place.at('followed'), C.AT_SYMLINK_FOLLOW);
    equal(sys.lstat(place.at('followed')).ino, sys.stat(place.at('file')).ino);
  },
);
