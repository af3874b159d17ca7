import { behaviour, C, sys } from '../harness.js';

export default behaviour('fsync and fdatasync of a directory work', (place) => {
  sys.mkdir(place.at('dir'));
  sys.writeFile(place.at('dir/file'), 'x');
  const fd = sys.open(place.at('dir'), C.O_RDONLY | C.O_DIRECTORY);
  sys.fsync(fd);
  sys.fdatasync(fd);
  sys.syncfs(fd);
});
