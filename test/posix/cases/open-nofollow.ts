import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour('open with O_NOFOLLOW of a symlink is ELOOP, in the last component only', (place) => {
  sys.mkdir(place.at('dir'));
  sys.writeFile(place.at('dir/file'), 'x');
  sys.symlink('dir', place.at('way'));
  sys.symlink('dir/file', place.at('link'));
  fails('ELOOP', () => sys.open(place.at('link'), C.O_RDONLY | C.O_NOFOLLOW));
  sys.open(place.at('way/file'), C.O_RDONLY | C.O_NOFOLLOW);
});
