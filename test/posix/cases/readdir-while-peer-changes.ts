import { behaviour, same, sys } from '../harness.js';

export default behaviour(
  'entries that stay are read exactly once while another process makes and removes names',
  (place) => {
    const stay = Array.from({ length: 500 }, (_, i) => `stay-${i}`).sort();
    place.makeFiles(stay);
    const peer = place.peer();
    const busy = peer.start('churn', place.dir, 40);
    do {
      const names = sys.names(place.dir).filter((name) => name.startsWith('stay'));
      same(names, stay);
    } while (!busy.finished());
    busy.finish();
  },
);
