import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour('open of a name that does not exist is ENOENT', (place) => {
  fails('ENOENT', () => sys.open(place.at('missing'), C.O_RDONLY));
  fails('ENOENT', () => sys.open(place.at('missing'), C.O_RDWR));
});
