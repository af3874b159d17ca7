import { behaviour, equal, fails, sys } from '../harness.js';

export default behaviour('link: EEXIST, EPERM for directories, ENOENT, ENOTDIR', (place) => {
  sys.writeFile(place.at('file'));
  sys.writeFile(place.at('other'));
  sys.mkdir(place.at('dir'));
  fails('EEXIST', () => sys.link(place.at('file'), place.at('other')));
  fails('EEXIST', () => sys.link(place.at('file'), place.at('dir')));
  fails('EPERM', () => sys.link(place.at('dir'), place.at('new')));
  fails('ENOENT', () => sys.link(place.at('missing'), place.at('new')));
  fails('ENOENT', () => sys.link(place.at('file'), place.at('missing/new')));
  fails('ENOTDIR', () => sys.link(place.at('file/x'), place.at('new')));
  fails('ENOTDIR', () => sys.link(place.at('file'), place.at('other/new')));
  equal(sys.stat(place.at('file')).nlink, 1);
});
