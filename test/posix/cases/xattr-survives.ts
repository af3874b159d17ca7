import { alice, behaviour, same, sameBytes, sys } from '../harness.js';

export default behaviour(
  'attributes stay through rename, link, chmod, chown and write',
  { needs: ['root', 'hostXattr'] },
  (place) => {
    sys.writeFile(place.at('file'), 'x');
    sys.setxattr(place.at('file'), 'user.x', 'kept');
    sys.rename(place.at('file'), place.at('moved'));
    sys.link(place.at('moved'), place.at('second'));
    sys.chmod(place.at('second'), 0o600);
    sys.chown(place.at('second'), alice.uid, alice.gid);
    sys.writeFile(place.at('second'), 'y');
    sameBytes(sys.getxattr(place.at('moved'), 'user.x'), 'kept');
    same(sys.listxattr(place.at('second')), ['user.x']);
  },
);
