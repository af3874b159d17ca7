import { behaviour, C, equal, sys } from '../harness.js';

export default behaviour(
  'a socket node of a program here is a socket node on the host, and the other way round',
  { needs: ['host'] },
  (place) => {
    const host = place.hostPeer();
    sys.chdir(place.dir);
    sys.bind(sys.unixSocket(C.SOCK_STREAM), 'here');
    equal(host.do('stat', place.hostAt('here')).mode & C.S_IFMT, C.S_IFSOCK);
    host.do('chdir', place.hostAt('.'));
    host.do('bind', host.do('unixSocket', C.SOCK_STREAM), 'there');
    equal(sys.stat('there').mode & C.S_IFMT, C.S_IFSOCK);
  },
);
