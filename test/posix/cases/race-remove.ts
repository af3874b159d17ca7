import { behaviour, equal, same, sys } from '../harness.js';

export default behaviour(
  'of two processes that remove or rename the same name, exactly one wins each time',
  (place) => {
    for (const call of ['unlink', 'rename'] as const) {
      const go = place.at(`go-${call}`);
      const names = Array.from({ length: 100 }, (_, i) => place.at(`${call}${i}`));
      for (const name of names) sys.writeFile(name);
      const racing = [place.peer(), place.peer()].map((peer) => peer.start('raceToRemove', go, call, names));
      sys.mkdir(go);
      const won = racing.flatMap((one) => one.finish());
      same(won.sort(), [...names].sort(), call);
      for (const name of names) equal(sys.exists(name), false);
    }
    equal(sys.names(place.dir).filter((name) => name.endsWith('.moved')).length, 100);
  },
);
