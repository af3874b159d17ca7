import { alice, behaviour, C, fails, sys } from '../harness.js';

export default behaviour('connect needs permission to write the socket node: EACCES', { needs: ['root'] }, (place) => {
  sys.chdir(place.dir);
  const server = sys.unixSocket(C.SOCK_STREAM);
  sys.bind(server, 'socket');
  sys.listen(server);
  sys.chmod('socket', 0o755);
  sys.as(alice, () => fails('EACCES', () => sys.connect(sys.unixSocket(C.SOCK_STREAM), 'socket')));
  sys.chmod('socket', 0o777);
  sys.as(alice, () => sys.connect(sys.unixSocket(C.SOCK_STREAM), 'socket'));
});
