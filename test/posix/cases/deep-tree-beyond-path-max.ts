import { behaviour, fails, sameBytes, sys } from '../harness.js';

export default behaviour('a tree deeper than PATH_MAX is usable step by step', (place) => {
  sys.chdir(place.dir);
  const name = 'n'.repeat(250);
  for (let i = 0; i < 20; i++) {
    sys.mkdir(name);
    sys.chdir(name);
  }
  sys.writeFile('leaf', 'deep');
  sameBytes(sys.readFile('leaf'), 'deep');
  fails('ENAMETOOLONG', () => sys.stat(`${place.dir}${`/${name}`.repeat(20)}/leaf`));
  fails('ENAMETOOLONG', () => sys.getcwd(4096));
});
