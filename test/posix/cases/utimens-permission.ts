import { alice, behaviour, fails, sys } from '../harness.js';

export default behaviour(
  'utimensat of a foreign file: set times EPERM, now EACCES, unless it may be written',
  { needs: ['root'] },
  (place) => {
    sys.writeFile(place.at('closed'));
    sys.writeFile(place.at('open'));
    sys.chmod(place.at('open'), 0o666);
    sys.as(alice, () => {
      fails('EPERM', () => sys.utimens(place.at('closed'), 1n, 2n));
      fails('EACCES', () => sys.touch(place.at('closed')));
      fails('EPERM', () => sys.utimens(place.at('open'), 1n, 2n));
      fails('EPERM', () => sys.utimens(place.at('open'), 'now', 'omit'));
      sys.touch(place.at('open'));
      sys.utimens(place.at('open'), 'now', 'now');
      sys.utimens(place.at('closed'), 'omit', 'omit');
    });
  },
);
