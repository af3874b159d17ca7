import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour('open with O_DIRECTORY of anything but a directory is ENOTDIR', (place) => {
  sys.writeFile(place.at('file'));
  sys.mkfifo(place.at('fifo'));
  sys.symlink('file', place.at('link'));
  for (const name of ['file', 'fifo', 'link']) {
    fails('ENOTDIR', () => sys.open(place.at(name), C.O_RDONLY | C.O_DIRECTORY));
  }
});
