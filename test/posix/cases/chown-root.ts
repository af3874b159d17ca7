import { alice, behaviour, C, club, equal, sys } from '../harness.js';

export default behaviour(
  'root gives anything to anybody, symlinks and special files too',
  { identity: true, needs: ['root'] },
  (place) => {
    sys.writeFile(place.at('file'));
    sys.mkdir(place.at('dir'));
    sys.symlink('file', place.at('link'));
    sys.mkfifo(place.at('fifo'));
    sys.mknod(place.at('socket'), C.S_IFSOCK | 0o600);
    for (const name of ['file', 'dir', 'link', 'fifo', 'socket']) {
      sys.lchown(place.at(name), alice.uid, club);
      const stat = sys.lstat(place.at(name));
      equal(stat.uid, alice.uid, `owner of ${name}`);
      equal(stat.gid, club, `group of ${name}`);
    }
    equal(sys.stat(place.at('file')).uid, alice.uid);
  },
);
