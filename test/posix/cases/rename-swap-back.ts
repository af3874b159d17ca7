import { behaviour, fails, sameBytes, sys } from '../harness.js';

export default behaviour('names exchanged back and forth by rename lead to the right files every time', (place) => {
  sys.writeFile(place.at('a'), 'first');
  sys.writeFile(place.at('b'), 'second');
  for (let i = 0; i < 30; i++) {
    sys.rename(place.at('a'), place.at('t'));
    sys.rename(place.at('b'), place.at('a'));
    sys.rename(place.at('t'), place.at('b'));
    sameBytes(sys.readFile(place.at(i % 2 === 0 ? 'b' : 'a')), 'first');
    sameBytes(sys.readFile(place.at(i % 2 === 0 ? 'a' : 'b')), 'second');
    fails('ENOENT', () => sys.stat(place.at('t')));
  }
});
