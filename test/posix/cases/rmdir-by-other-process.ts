import { behaviour, C, equal, fails, sys } from '../harness.js';

export default behaviour(
  'a working directory removed by another process stays a working directory without names',
  (place) => {
    sys.mkdir(place.at('dir'));
    sys.chdir(place.at('dir'));
    place.peer().do('rmdir', place.at('dir'));
    fails('ENOENT', () => sys.getcwd());
    fails('ENOENT', () => sys.open('file', C.O_CREAT | C.O_RDWR));
    equal(sys.stat('.').mode & C.S_IFMT, C.S_IFDIR);
  },
);
