import { behaviour, equal, fails, octal, same, sys } from '../harness.js';

export default behaviour(
  'an owner recorded on the host by another product counts on the mount',
  { identity: true, needs: ['root', 'host', 'hostXattr'] },
  (place) => {
    const host = place.hostPeer();
    host.do('writeFile', place.hostAt('podman'), 'x');
    host.do('setxattr', place.hostAt('podman'), 'user.containers.override_stat', '1234:5678:0100640');
    host.do('writeFile', place.hostAt('docker'), 'x');
    host.do(
      'setxattr',
      place.hostAt('docker'),
      'user.com.docker.grpcfuse.ownership',
      '{"UID":501,"GID":20,"mode":600}',
    );
    const look = (name: string) => {
      const { uid, gid } = sys.stat(place.at(name));
      return { uid, gid };
    };
    const plain = { uid: 0, gid: 0 };
    same(look('podman'), place.differs(plain, { uid: 1234, gid: 5678 }, 'a plain disk knows no records'));
    same(look('docker'), place.differs(plain, { uid: 501, gid: 20 }, 'a plain disk knows no records'));
    if (!place.bare) {
      equal(octal(sys.stat(place.at('podman')).mode), '0640');
      same(sys.listxattr(place.at('podman')), []);
      same(sys.listxattr(place.at('docker')), []);
      fails('ENODATA', () => sys.getxattr(place.at('docker'), 'user.com.docker.grpcfuse.ownership'));
    }
  },
);
