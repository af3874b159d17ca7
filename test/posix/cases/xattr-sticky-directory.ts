import { alice, behaviour, fails, sys } from '../harness.js';

export default behaviour(
  'user attributes of a sticky directory belong to its owner: EPERM',
  { needs: ['root', 'hostXattr'] },
  (place) => {
    sys.mkdir(place.at('dir'));
    sys.chmod(place.at('dir'), 0o1777);
    sys.as(alice, () => fails('EPERM', () => sys.setxattr(place.at('dir'), 'user.x', 'v')));
    sys.setxattr(place.at('dir'), 'user.x', 'v');
  },
);
