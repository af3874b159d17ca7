import { behaviour, C, equal, fails, same, sys } from '../harness.js';

export default behaviour(
  'an open directory that is replaced by rename is empty, without links, and takes no names',
  { needs: ['hostDirectoryLinks'] },
  (place) => {
    sys.mkdir(place.at('old'));
    sys.mkdir(place.at('new'));
    sys.writeFile(place.at('new/file'));
    const fd = sys.open(place.at('old'), C.O_RDONLY | C.O_DIRECTORY);
    sys.rename(place.at('new'), place.at('old'));
    equal(sys.fstat(fd).nlink, 0);
    fails('ENOENT', () => sys.getdents(fd));
    fails('ENOENT', () => sys.openat(fd, 'x', C.O_CREAT | C.O_RDWR));
    same(sys.names(place.at('old')), ['file']);
  },
);
