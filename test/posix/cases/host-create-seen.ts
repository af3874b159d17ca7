import { behaviour, C, fails, same, sameBytes, sys } from '../harness.js';

export default behaviour(
  'a name that was missing is there as soon as the host makes it',
  { needs: ['host', 'hostAtOnce'] },
  (place) => {
    const host = place.hostPeer();
    for (let i = 0; i < 20; i++) {
      fails('ENOENT', () => sys.stat(place.at(`f${i}`)));
      fails('ENOENT', () => sys.open(place.at(`d${i}/x`), C.O_RDONLY));
      host.do('writeFile', place.hostAt(`f${i}`), `host ${i}`);
      host.do('mkdir', place.hostAt(`d${i}`));
      sameBytes(sys.readFile(place.at(`f${i}`)), `host ${i}`);
      same(sys.names(place.at(`d${i}`)), []);
    }
  },
);
