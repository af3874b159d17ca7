import { behaviour, equal, sys } from '../harness.js';

export default behaviour('UTIME_OMIT leaves a time alone', (place) => {
  sys.writeFile(place.at('file'));
  sys.utimens(place.at('file'), 111n, 222n);
  sys.utimens(place.at('file'), 333n, 'omit');
  equal(sys.stat(place.at('file')).atime, 333n);
  equal(sys.stat(place.at('file')).mtime, 222n);
  sys.utimens(place.at('file'), 'omit', 444n);
  equal(sys.stat(place.at('file')).atime, 333n);
  equal(sys.stat(place.at('file')).mtime, 444n);
  const { ctime } = sys.stat(place.at('file'));
  sys.utimens(place.at('file'), 'omit', 'omit');
  equal(sys.stat(place.at('file')).ctime, ctime);
});
