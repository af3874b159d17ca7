import { behaviour, equal, fails, sys } from '../harness.js';

export default behaviour('utimensat with impossible nanoseconds is EINVAL', (place) => {
  sys.writeFile(place.at('file'));
  sys.utimens(place.at('file'), 1n, 2n);
  for (const nanoseconds of [1_000_000_000, -1, 0x3ffffffd]) {
    fails('EINVAL', () => sys.utimens(place.at('file'), { seconds: 0n, nanoseconds }, 'omit'));
    fails('EINVAL', () => sys.utimens(place.at('file'), 'omit', { seconds: 0n, nanoseconds }));
  }
  equal(sys.stat(place.at('file')).atime, 1n);
});
