import { behaviour, C, equal, sameBytes, sys } from '../harness.js';

export default behaviour('processes meet at a socket bound in the directory', (place) => {
  // sun_path holds 107 bytes: names are given relative to the directory
  sys.chdir(place.dir);
  const server = sys.unixSocket(C.SOCK_STREAM);
  sys.bind(server, 'socket');
  sys.listen(server);
  equal(sys.stat('socket').mode & C.S_IFMT, C.S_IFSOCK);
  const peer = place.peer();
  peer.do('chdir', place.dir);
  const client = peer.do('unixSocket', C.SOCK_STREAM);
  peer.do('connect', client, 'socket');
  const connection = sys.accept(server);
  peer.do('write', client, 'hello');
  sameBytes(sys.read(connection, 10), 'hello');
  sys.write(connection, 'welcome');
  sameBytes(peer.do('read', client, 10), 'welcome');
});
