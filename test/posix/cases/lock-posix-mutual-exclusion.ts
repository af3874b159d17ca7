import { behaviour, C, equal, sys } from '../harness.js';

export default behaviour('a counter that three processes increase under a lock loses nothing', (place) => {
  sys.writeFile(place.at('counter'), '0'.padStart(10));
  const rounds = 100;
  const running = [1, 2, 3].map(() => {
    const peer = place.peer();
    return peer.start('countUnderLock', peer.do('open', place.at('counter'), C.O_RDWR), rounds);
  });
  for (const one of running) one.finish();
  equal(Number(sys.readFile(place.at('counter')).toString()), 3 * rounds);
});
