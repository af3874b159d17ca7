import { behaviour, fails, same, sys } from '../harness.js';

export default behaviour('rename of a file over a directory is EISDIR, of a directory over a file ENOTDIR', (place) => {
  sys.writeFile(place.at('file'), 'x');
  sys.mkdir(place.at('dir'));
  fails('EISDIR', () => sys.rename(place.at('file'), place.at('dir')));
  fails('ENOTDIR', () => sys.rename(place.at('dir'), place.at('file')));
  fails('ENOTDIR', () => sys.rename(place.at('file/'), place.at('other')));
  fails('ENOTDIR', () => sys.rename(place.at('file'), place.at('other/')));
  fails('ENOTDIR', () => sys.rename(place.at('file/x'), place.at('other')));
  same(sys.names(place.dir), ['dir', 'file']);
});
