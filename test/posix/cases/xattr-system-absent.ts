import { behaviour, fails, same, sys } from '../harness.js';

export default behaviour(
  'programs that ask for access lists or capabilities of a plain file are told that there are none',
  { needs: ['hostXattr'] },
  (place) => {
    sys.writeFile(place.at('file'));
    for (const name of ['system.posix_acl_access', 'security.capability', 'security.selinux']) {
      fails(['ENODATA', 'EOPNOTSUPP'], () => sys.getxattr(place.at('file'), name));
    }
    same(sys.listxattr(place.at('file')), []);
  },
);
