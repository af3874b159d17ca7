import { alice, behaviour, club, fails, same, sys, truthy } from '../harness.js';

export default behaviour(
  "a chown on the mount never changes the host's inode; a record does",
  { identity: true, needs: ['root', 'host', 'hostXattr'] },
  (place) => {
    const host = place.hostPeer();
    sys.writeFile(place.at('file'), 'x');
    sys.chown(place.at('file'), alice.uid, club);
    const { uid, gid } = host.do('stat', place.hostAt('file'));
    same({ uid, gid }, place.differs({ uid: alice.uid, gid: club }, { uid: 0, gid: 0 }, 'product.md §2'));
    const record = () => host.do('getxattr', place.hostAt('file'), 'user.containers.override_stat').toString();
    if (place.bare) fails('ENODATA', record);
    else truthy(record().startsWith(`${alice.uid}:${club}:`), record());
  },
);
