import { behaviour, fails, sameBytes, sys } from '../harness.js';

export default behaviour(
  "an attribute's value is any bytes; more than 64 KiB are E2BIG",
  { needs: ['hostXattr'] },
  (place) => {
    sys.writeFile(place.at('file'));
    const value = Buffer.from(Array.from({ length: 2048 }, (_, i) => i & 0xff));
    sys.setxattr(place.at('file'), 'user.bytes', value);
    sameBytes(sys.getxattr(place.at('file'), 'user.bytes'), value);
    fails('E2BIG', () => sys.setxattr(place.at('file'), 'user.bytes', Buffer.alloc(65_537)));
    sameBytes(sys.getxattr(place.at('file'), 'user.bytes'), value);
  },
);
