import { behaviour, same, sys } from '../harness.js';

export default behaviour(
  'a listing shows what the host has made and removed since the last one',
  { needs: ['host', 'hostAtOnce'] },
  (place) => {
    const host = place.hostPeer();
    const expected = new Set<string>();
    for (let i = 0; i < 30; i++) {
      host.do('writeFile', place.hostAt(`f${i}`), '');
      expected.add(`f${i}`);
      if (i % 3 === 2) {
        host.do('unlink', place.hostAt(`f${i - 1}`));
        expected.delete(`f${i - 1}`);
      }
      same(sys.names(place.dir), [...expected].sort());
    }
  },
);
