import { alice, behaviour, C, fails, same, sys } from '../harness.js';

export default behaviour('a directory without x lets nobody through: EACCES', { needs: ['root'] }, (place) => {
  sys.mkdir(place.at('dir'));
  sys.writeFile(place.at('dir/file'), 'x');
  sys.chmod(place.at('dir'), 0o644);
  sys.as(alice, () => {
    fails('EACCES', () => sys.open(place.at('dir/file'), C.O_RDONLY));
    fails('EACCES', () => sys.stat(place.at('dir/file')));
    fails('EACCES', () => sys.stat(place.at('dir/missing')));
    fails('EACCES', () => sys.chdir(place.at('dir')));
    // r alone shows the names
    same(sys.names(place.at('dir')), ['file']);
  });
});
