import { behaviour, equal, sys } from '../harness.js';

export default behaviour(
  'times before 1970 and after 2038 are kept to the nanosecond',
  { needs: ['hostWideTimes'] },
  (place) => {
    sys.writeFile(place.at('file'));
    for (const time of [
      -1n,
      -1_500_000_001n,
      -2_000_000_000_123_456_789n,
      2n ** 31n * 1_000_000_000n + 5n,
      4_294_967_296_000_000_007n,
      13_569_465_600_000_000_000n,
    ]) {
      sys.utimens(place.at('file'), time, time + 1n);
      equal(sys.stat(place.at('file')).atime, time);
      equal(sys.stat(place.at('file')).mtime, time + 1n);
    }
  },
);
