import { behaviour, same, sys } from '../harness.js';

export default behaviour(
  'of two processes that make the same name with O_EXCL, exactly one wins each time',
  (place) => {
    const names = Array.from({ length: 300 }, (_, i) => place.at(`n${i}`));
    const one = place.peer();
    const two = place.peer();
    const first = one.start('createEach', place.at('go'), names);
    const second = two.start('createEach', place.at('go'), names);
    sys.mkdir(place.at('go'));
    const won = [...first.finish(), ...second.finish()];
    same(won.sort(), [...names].sort());
  },
);
