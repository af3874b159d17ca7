import { behaviour, C, equal, fails, sys } from '../harness.js';

export default behaviour(
  'a removed directory that is open has no links, no entries and takes no new ones',
  { needs: ['hostDirectoryLinks'] },
  (place) => {
    sys.mkdir(place.at('dir'));
    const fd = sys.open(place.at('dir'), C.O_RDONLY | C.O_DIRECTORY);
    sys.rmdir(place.at('dir'));
    equal(sys.fstat(fd).nlink, 0);
    fails('ENOENT', () => sys.getdents(fd));
    fails('ENOENT', () => sys.openat(fd, 'file', C.O_CREAT | C.O_RDWR));
    fails('ENOENT', () => sys.mkdirat(fd, 'sub'));
    sys.mkdir(place.at('dir'));
    fails('ENOENT', () => sys.openat(fd, 'file', C.O_CREAT | C.O_RDWR));
  },
);
