import { alice, behaviour, club, equal, octal, sys } from '../harness.js';

export default behaviour(
  'chmod by an owner who is not in the group drops the setgid bit',
  { needs: ['root'] },
  (place) => {
    sys.writeFile(place.at('file'));
    sys.chown(place.at('file'), alice.uid, club);
    sys.as(alice, () => sys.chmod(place.at('file'), 0o2755));
    equal(octal(sys.stat(place.at('file')).mode), '0755');
    sys.as({ ...alice, groups: [club] }, () => sys.chmod(place.at('file'), 0o2755));
    equal(octal(sys.stat(place.at('file')).mode), '2755');
  },
);
