import { behaviour, equal, same, sys } from '../harness.js';

export default behaviour(
  'of two processes that make, link or symlink the same name, exactly one wins each time',
  (place) => {
    sys.writeFile(place.at('target'));
    for (const call of ['mkdir', 'symlink', 'link', 'mkfifo'] as const) {
      const go = place.at(`go-${call}`);
      const names = Array.from({ length: 60 }, (_, i) => place.at(`${call}${i}`));
      const racing = [place.peer(), place.peer()].map((peer) =>
        peer.start('raceToMake', go, call, place.at('target'), names),
      );
      sys.mkdir(go);
      const won = racing.flatMap((one) => one.finish());
      same(won.sort(), [...names].sort(), call);
    }
    equal(sys.stat(place.at('target')).nlink, 61);
  },
);
