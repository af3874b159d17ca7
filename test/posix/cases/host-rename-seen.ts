import { behaviour, equal, fails, sameBytes, sys } from '../harness.js';

export default behaviour(
  'a rename on the host is seen at the next call: the old name is gone, the new one leads to the file',
  { needs: ['host', 'hostAtOnce'] },
  (place) => {
    const host = place.hostPeer();
    sys.mkdir(place.at('a'));
    sys.mkdir(place.at('b'));
    sys.writeFile(place.at('a/file'), 'travels');
    const { ino } = sys.stat(place.at('a/file'));
    for (let i = 0; i < 20; i++) {
      const [from, to] = i % 2 === 0 ? ['a/file', 'b/file'] : ['b/file', 'a/file'];
      host.do('rename', place.hostAt(from!), place.hostAt(to!));
      fails('ENOENT', () => sys.stat(place.at(from!)));
      equal(sys.stat(place.at(to!)).ino, ino);
      sameBytes(sys.readFile(place.at(to!)), 'travels');
    }
  },
);
