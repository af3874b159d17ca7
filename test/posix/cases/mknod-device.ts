import { alice, behaviour, C, equal, fails, sys } from '../harness.js';

export default behaviour(
  'device nodes: root makes them on a plain disk, the mount refuses with EPERM',
  { needs: ['root'] },
  (place) => {
    const nullDevice = (1 << 8) | 3;
    const makes = place.differs(true, false, 'product.md: device nodes are refused');
    for (const [name, type] of [
      ['char', C.S_IFCHR],
      ['block', C.S_IFBLK],
    ] as const) {
      const act = () => sys.mknod(place.at(name), type | 0o600, nullDevice);
      if (makes) act();
      else fails('EPERM', act);
      equal(sys.exists(place.at(name)), makes);
    }
    sys.chmod(place.dir, 0o777);
    sys.as(alice, () => fails('EPERM', () => sys.mknod(place.at('hers'), C.S_IFCHR | 0o600, nullDevice)));
  },
);
