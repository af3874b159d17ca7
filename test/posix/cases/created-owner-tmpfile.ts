import { alice, behaviour, C, equal, sys } from '../harness.js';

export default behaviour(
  'an unnamed file belongs to who made it, and still after it got a name',
  { needs: ['root', 'hostTmpfile'] },
  (place) => {
    sys.mkdir(place.at('dir'));
    sys.chmod(place.at('dir'), 0o777);
    const fd = sys.as(alice, () => sys.open(place.at('dir'), C.O_TMPFILE | C.O_RDWR));
    equal(sys.fstat(fd).uid, alice.uid);
    sys.link(`/proc/self/fd/${fd}`, place.at('dir/named'), C.AT_SYMLINK_FOLLOW);
    equal(sys.stat(place.at('dir/named')).uid, alice.uid);
    equal(sys.stat(place.at('dir/named')).gid, alice.gid);
  },
);
