import { behaviour, equal, sys } from '../harness.js';

export default behaviour('utimensat keeps nanoseconds of both times', (place) => {
  sys.writeFile(place.at('file'));
  sys.mkdir(place.at('dir'));
  for (const name of ['file', 'dir']) {
    sys.utimens(place.at(name), 1_234_567_890_123_456_789n, 987_654_321_999_999_999n);
    const stat = sys.stat(place.at(name));
    equal(stat.atime, 1_234_567_890_123_456_789n);
    equal(stat.mtime, 987_654_321_999_999_999n);
  }
});
