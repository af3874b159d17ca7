import { behaviour, C, equal, fails, same, sys } from '../harness.js';

export default behaviour(
  'a buffer too small for one entry is EINVAL, and reading goes on with a larger one',
  (place) => {
    sys.writeFile(place.at('n'.repeat(200)));
    const fd = sys.open(place.dir, C.O_RDONLY | C.O_DIRECTORY);
    fails('EINVAL', () => sys.getdents(fd, 20));
    const names: string[] = [];
    for (;;) {
      try {
        const some = sys.getdents(fd, 100);
        if (some.length === 0) break;
        names.push(...some.map((entry) => entry.name));
      } catch (error) {
        equal((error as sys.SysError).code, 'EINVAL');
        names.push(...sys.getdents(fd, 1000).map((entry) => entry.name));
      }
    }
    same(names.sort(), ['.', '..', 'n'.repeat(200)].sort());
  },
);
