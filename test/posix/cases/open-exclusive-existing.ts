import { behaviour, C, fails, sameBytes, sys } from '../harness.js';

export default behaviour('open with O_CREAT|O_EXCL of anything that exists is EEXIST', (place) => {
  const flags = C.O_CREAT | C.O_EXCL | C.O_RDWR;
  sys.writeFile(place.at('file'), 'kept');
  sys.mkdir(place.at('dir'));
  sys.symlink('file', place.at('link'));
  for (const name of ['file', 'dir', 'link']) fails('EEXIST', () => sys.open(place.at(name), flags));
  sameBytes(sys.readFile(place.at('file')), 'kept');
});
