import { behaviour, C, equal, fails, sys } from '../harness.js';

export default behaviour('open with O_CREAT of a name with a trailing slash is EISDIR', (place) => {
  fails('EISDIR', () => sys.open(place.at('name/'), C.O_CREAT | C.O_RDWR));
  equal(sys.exists(place.at('name')), false);
});
