import { behaviour, C, fails, same, sameBytes, sys } from '../harness.js';

export default behaviour(
  'a directory renamed on the host takes along who works in it here',
  { needs: ['host', 'hostAtOnce'] },
  (place) => {
    const host = place.hostPeer();
    sys.mkdir(place.at('old'));
    sys.mkdir(place.at('old/sub'));
    const sub = sys.open(place.at('old/sub'), C.O_RDONLY | C.O_DIRECTORY);
    const file = sys.openat(sub, 'file', C.O_CREAT | C.O_RDWR);
    host.do('rename', place.hostAt('old'), place.hostAt('new'));
    sys.write(file, 'written after');
    sys.close(sys.openat(sub, 'born', C.O_CREAT | C.O_RDWR));
    sameBytes(sys.readFile(place.at('new/sub/file')), 'written after');
    same(sys.names(place.at('new/sub')), ['born', 'file']);
    fails('ENOENT', () => sys.stat(place.at('old/sub')));
    same(host.do('names', place.hostAt('new/sub')), ['born', 'file']);
  },
);
