import { alice, behaviour, club, equal, octal, sys } from '../harness.js';

export default behaviour(
  'what is made in a setgid directory gets its group, and a directory its bit',
  { needs: ['root'] },
  (place) => {
    sys.mkdir(place.at('dir'));
    sys.chown(place.at('dir'), 0, club);
    sys.chmod(place.at('dir'), 0o2777);
    sys.as(alice, () => {
      sys.mkdir(place.at('dir/sub'), 0o755);
      sys.writeFile(place.at('dir/file'));
      sys.symlink('x', place.at('dir/link'));
      sys.mkfifo(place.at('dir/fifo'));
    });
    const sub = sys.stat(place.at('dir/sub'));
    equal(sub.gid, club);
    equal(octal(sub.mode), '2755');
    equal(sub.uid, alice.uid);
    for (const name of ['file', 'link', 'fifo']) {
      const stat = sys.lstat(place.at(`dir/${name}`));
      equal(stat.gid, club, `group of ${name}`);
      equal(stat.uid, alice.uid, `owner of ${name}`);
    }
  },
);
