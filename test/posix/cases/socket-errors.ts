import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour(
  'bind to a name in use is EADDRINUSE, connect to a dead socket ECONNREFUSED, to a missing one ENOENT',
  (place) => {
    sys.chdir(place.dir);
    const server = sys.unixSocket(C.SOCK_STREAM);
    sys.bind(server, 'socket');
    sys.listen(server);
    fails('EADDRINUSE', () => sys.bind(sys.unixSocket(C.SOCK_STREAM), 'socket'));
    sys.close(server);
    fails('ECONNREFUSED', () => sys.connect(sys.unixSocket(C.SOCK_STREAM), 'socket'));
    fails('EADDRINUSE', () => sys.bind(sys.unixSocket(C.SOCK_STREAM), 'socket'));
    sys.unlink('socket');
    fails('ENOENT', () => sys.connect(sys.unixSocket(C.SOCK_STREAM), 'socket'));
    sys.writeFile('file');
    fails('ECONNREFUSED', () => sys.connect(sys.unixSocket(C.SOCK_STREAM), 'file'));
  },
);
