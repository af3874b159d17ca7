import { alice, behaviour, C, fails, same, sys } from '../harness.js';

export default behaviour('making anything in a directory without w is EACCES', { needs: ['root'] }, (place) => {
  sys.mkdir(place.at('dir'));
  sys.chmod(place.at('dir'), 0o755);
  sys.writeFile(place.at('mine'));
  sys.chown(place.at('mine'), alice.uid, alice.gid);
  sys.as(alice, () => {
    fails('EACCES', () => sys.open(place.at('dir/new'), C.O_CREAT | C.O_RDWR));
    fails('EACCES', () => sys.mkdir(place.at('dir/new')));
    fails('EACCES', () => sys.symlink('x', place.at('dir/new')));
    fails('EACCES', () => sys.mkfifo(place.at('dir/new')));
    fails('EACCES', () => sys.link(place.at('mine'), place.at('dir/new')));
  });
  same(sys.names(place.at('dir')), []);
});
