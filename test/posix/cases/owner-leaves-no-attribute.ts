import { alice, behaviour, club, equal, fails, same, sys } from '../harness.js';

export default behaviour(
  'a chown leaves no extended attribute in sight',
  { identity: true, needs: ['root', 'hostXattr'] },
  (place) => {
    sys.writeFile(place.at('file'));
    sys.setxattr(place.at('file'), 'user.mine', 'x');
    sys.chown(place.at('file'), alice.uid, club);
    sys.mkdir(place.at('dir'));
    sys.chown(place.at('dir'), alice.uid, club);
    same(sys.listxattr(place.at('file')), ['user.mine']);
    same(sys.listxattr(place.at('dir')), []);
    equal(sys.listxattrSize(place.at('dir')), 0);
    fails('ENODATA', () => sys.getxattr(place.at('file'), 'user.containers.override_stat'));
  },
);
