import { alice, behaviour, bob, fails, sys } from '../harness.js';

export default behaviour(
  'in a sticky directory only the owner of the file or of the directory removes: EPERM',
  { needs: ['root'] },
  (place) => {
    sys.mkdir(place.at('dir'));
    sys.chown(place.at('dir'), bob.uid, bob.gid);
    sys.chmod(place.at('dir'), 0o1777);
    sys.as(alice, () => {
      sys.writeFile(place.at('dir/hers'));
      sys.mkdir(place.at('dir/herdir'));
      sys.writeFile(place.at('dir/hers2'));
    });
    sys.writeFile(place.at('dir/roots'));
    sys.as(alice, () => fails('EPERM', () => sys.unlink(place.at('dir/roots'))));
    sys.as({ uid: 12003, gid: 12003 }, () => {
      fails('EPERM', () => sys.unlink(place.at('dir/hers')));
      fails('EPERM', () => sys.rmdir(place.at('dir/herdir')));
    });
    sys.as(alice, () => sys.unlink(place.at('dir/hers')));
    sys.as(bob, () => sys.unlink(place.at('dir/hers2')));
  },
);
