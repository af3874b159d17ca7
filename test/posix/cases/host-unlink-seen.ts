import { behaviour, C, equal, fails, same, sys } from '../harness.js';

export default behaviour(
  'a name is gone as soon as the host unlinks it',
  { needs: ['host', 'hostAtOnce'] },
  (place) => {
    const host = place.hostPeer();
    for (let i = 0; i < 20; i++) {
      sys.writeFile(place.at('file'), 'x');
      sys.mkdir(place.at('dir'));
      equal(sys.stat(place.at('file')).size, 1);
      host.do('unlink', place.hostAt('file'));
      host.do('rmdir', place.hostAt('dir'));
      fails('ENOENT', () => sys.stat(place.at('file')));
      fails('ENOENT', () => sys.open(place.at('dir'), C.O_RDONLY));
    }
    same(sys.names(place.dir), []);
  },
);
