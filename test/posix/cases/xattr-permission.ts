import { alice, behaviour, fails, sameBytes, sys } from '../harness.js';

export default behaviour(
  'user attributes need the same permission as the content: EACCES',
  { needs: ['root', 'hostXattr'] },
  (place) => {
    sys.writeFile(place.at('file'));
    sys.setxattr(place.at('file'), 'user.x', 'v');
    sys.chmod(place.at('file'), 0o644);
    sys.as(alice, () => {
      sameBytes(sys.getxattr(place.at('file'), 'user.x'), 'v');
      fails('EACCES', () => sys.setxattr(place.at('file'), 'user.x', 'w'));
      fails('EACCES', () => sys.removexattr(place.at('file'), 'user.x'));
    });
    sys.chmod(place.at('file'), 0o600);
    sys.as(alice, () => fails('EACCES', () => sys.getxattr(place.at('file'), 'user.x')));
  },
);
