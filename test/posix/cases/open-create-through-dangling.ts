import { behaviour, C, sameBytes, sys } from '../harness.js';

export default behaviour('open with O_CREAT through a dangling symlink makes the target', (place) => {
  sys.mkdir(place.at('dir'));
  sys.symlink('dir/target', place.at('link'));
  sys.write(sys.open(place.at('link'), C.O_CREAT | C.O_RDWR), 'through');
  sameBytes(sys.readFile(place.at('dir/target')), 'through');
});
