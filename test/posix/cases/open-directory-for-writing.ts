import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour('open of a directory for writing is EISDIR', (place) => {
  sys.mkdir(place.at('dir'));
  fails('EISDIR', () => sys.open(place.at('dir'), C.O_WRONLY));
  fails('EISDIR', () => sys.open(place.at('dir'), C.O_RDWR));
  fails('EISDIR', () => sys.open(place.at('dir'), C.O_CREAT | C.O_RDONLY));
});
