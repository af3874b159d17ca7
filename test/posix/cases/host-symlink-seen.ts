import { behaviour, sameBytes, sys } from '../harness.js';

export default behaviour(
  'a symlink that the host replaces leads to the new place at the next call',
  { needs: ['host', 'hostAtOnce'] },
  (place) => {
    const host = place.hostPeer();
    sys.writeFile(place.at('one'), '1');
    sys.writeFile(place.at('two'), '2');
    host.do('symlink', 'one', place.hostAt('link'));
    for (let i = 0; i < 10; i++) {
      const [target, content] = i % 2 === 0 ? ['one', '1'] : ['two', '2'];
      sameBytes(sys.readlink(place.at('link')), target!);
      sameBytes(sys.readFile(place.at('link')), content!);
      host.do('symlink', i % 2 === 0 ? 'two' : 'one', place.hostAt('new'));
      host.do('rename', place.hostAt('new'), place.hostAt('link'));
    }
  },
);
