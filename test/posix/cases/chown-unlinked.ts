import { alice, behaviour, C, equal, sys } from '../harness.js';

export default behaviour(
  'chown of an unlinked open file works through its descriptor',
  { identity: true, needs: ['root'] },
  (place) => {
    const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
    sys.unlink(place.at('file'));
    sys.fchown(fd, alice.uid, alice.gid);
    equal(sys.fstat(fd).uid, alice.uid);
    equal(sys.fstat(fd).gid, alice.gid);
  },
);
