import { behaviour, equal, sys, truthy } from '../harness.js';
import { now } from '../times.js';

export default behaviour('UTIME_NOW and a null pointer set the present time', (place) => {
  sys.writeFile(place.at('file'));
  const reset = () => sys.utimens(place.at('file'), 1n, 2n);
  const start = now(place);
  const recent = (time: bigint) => time >= start && time <= now(place);
  reset();
  sys.utimens(place.at('file'), 'now', 'omit');
  truthy(recent(sys.stat(place.at('file')).atime));
  equal(sys.stat(place.at('file')).mtime, 2n);
  reset();
  sys.utimens(place.at('file'), 5n, 'now');
  equal(sys.stat(place.at('file')).atime, 5n);
  truthy(recent(sys.stat(place.at('file')).mtime));
  reset();
  sys.touch(place.at('file'));
  truthy(recent(sys.stat(place.at('file')).atime));
  truthy(recent(sys.stat(place.at('file')).mtime));
});
