import { behaviour, C, sameBytes, sys } from '../harness.js';

export default behaviour('a bound socket is found under its new name and through a symlink', (place) => {
  sys.chdir(place.dir);
  const server = sys.unixSocket(C.SOCK_DGRAM);
  sys.bind(server, 'socket');
  sys.rename('socket', 'renamed');
  sys.symlink('renamed', 'link');
  const client = sys.unixSocket(C.SOCK_DGRAM);
  sys.connect(client, 'link');
  sys.write(client, 'datagram');
  sameBytes(sys.read(server, 100), 'datagram');
});
