import { behaviour, C, equal, sys } from '../harness.js';

export default behaviour('mknod makes regular files and socket nodes', (place) => {
  sys.mknod(place.at('file'), C.S_IFREG | 0o640);
  sys.mknod(place.at('plain'), 0o600);
  sys.mknod(place.at('socket'), C.S_IFSOCK | 0o660);
  equal(sys.stat(place.at('file')).mode, C.S_IFREG | 0o640);
  equal(sys.stat(place.at('plain')).mode, C.S_IFREG | 0o600);
  equal(sys.stat(place.at('socket')).mode, C.S_IFSOCK | 0o640);
  sys.writeFile(place.at('file'), 'usable');
});
