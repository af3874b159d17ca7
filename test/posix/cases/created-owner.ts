import { alice, behaviour, C, equal, sys } from '../harness.js';

export default behaviour('what a user makes belongs to him and his group', { needs: ['root'] }, (place) => {
  sys.mkdir(place.at('dir'));
  sys.chmod(place.at('dir'), 0o777);
  sys.as(alice, () => {
    sys.writeFile(place.at('dir/file'));
    sys.mkdir(place.at('dir/sub'));
    sys.symlink('x', place.at('dir/link'));
    sys.mkfifo(place.at('dir/fifo'));
    sys.mknod(place.at('dir/socket'), C.S_IFSOCK | 0o600);
  });
  for (const name of sys.names(place.at('dir'))) {
    const stat = sys.lstat(place.at(`dir/${name}`));
    equal(stat.uid, alice.uid, `owner of ${name}`);
    equal(stat.gid, alice.gid, `group of ${name}`);
  }
});
