import { behaviour, C, equal, sameBytes, sys } from '../harness.js';

export default behaviour('rename moves a symlink itself, and replaces a symlink itself', (place) => {
  sys.writeFile(place.at('target'), 't');
  sys.symlink('target', place.at('link'));
  sys.rename(place.at('link'), place.at('moved'));
  sameBytes(sys.readlink(place.at('moved')), 'target');
  sys.writeFile(place.at('file'), 'f');
  sys.rename(place.at('file'), place.at('moved'));
  equal(sys.lstat(place.at('moved')).mode & C.S_IFMT, C.S_IFREG);
  sameBytes(sys.readFile(place.at('target')), 't');
});
