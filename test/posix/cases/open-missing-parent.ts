import { behaviour, C, fails, same, sys } from '../harness.js';

export default behaviour('open with O_CREAT below a missing directory is ENOENT and makes nothing', (place) => {
  fails('ENOENT', () => sys.open(place.at('missing/file'), C.O_CREAT | C.O_RDWR));
  same(sys.names(place.dir), []);
});
