import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour('open of a symlink that leads to itself is ELOOP', (place) => {
  sys.symlink('self', place.at('self'));
  sys.symlink('b', place.at('a'));
  sys.symlink('a', place.at('b'));
  fails('ELOOP', () => sys.open(place.at('self'), C.O_RDONLY));
  fails('ELOOP', () => sys.open(place.at('a'), C.O_RDONLY));
  fails('ELOOP', () => sys.open(place.at('a/below'), C.O_RDONLY));
});
