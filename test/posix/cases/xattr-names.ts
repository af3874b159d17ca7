import { behaviour, fails, same, sameBytes, sys } from '../harness.js';

export default behaviour(
  "an attribute's name of 255 bytes works, of 256 is ERANGE, an empty one too",
  { needs: ['hostXattr'] },
  (place) => {
    sys.writeFile(place.at('file'));
    const at = place.at('file');
    const longest = `user.${'n'.repeat(250)}`;
    sys.setxattr(at, longest, 'v');
    same(sys.listxattr(at), [longest]);
    sameBytes(sys.getxattr(at, longest), 'v');
    fails('ERANGE', () => sys.setxattr(at, `${longest}n`, 'v'));
    fails('ERANGE', () => sys.getxattr(at, `${longest}n`));
    fails('ERANGE', () => sys.setxattr(at, '', 'v'));
    fails(['EINVAL', 'EOPNOTSUPP'], () => sys.setxattr(at, 'user.', 'v'));
    const bytes = Buffer.from([...Buffer.from('user.'), 0xff, 0x0a, 0x80]);
    sys.setxattr(at, bytes, 'odd');
    sameBytes(sys.getxattr(at, bytes), 'odd');
  },
);
