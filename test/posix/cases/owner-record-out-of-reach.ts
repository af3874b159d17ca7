import { alice, behaviour, equal, fails, octal, sys } from '../harness.js';

export default behaviour(
  'nobody reads, writes or removes the record of an owner through the mount',
  { identity: true, needs: ['root', 'hostXattr'] },
  (place) => {
    const name = 'user.containers.override_stat';
    sys.writeFile(place.at('file'));
    sys.chown(place.at('file'), alice.uid, alice.gid);
    fails('ENODATA', () => sys.getxattr(place.at('file'), name));
    if (!place.bare) {
      fails(['EPERM', 'EACCES', 'EOPNOTSUPP'], () => sys.setxattr(place.at('file'), name, '0:0:04755'));
      fails(['EPERM', 'EACCES', 'EOPNOTSUPP', 'ENODATA'], () => sys.removexattr(place.at('file'), name));
    }
    equal(sys.stat(place.at('file')).uid, alice.uid);
    equal(octal(sys.stat(place.at('file')).mode), '0644');
  },
);
