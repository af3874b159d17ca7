import { alice, behaviour, club, equal, octal, sys } from '../harness.js';

export default behaviour(
  'chown of a program clears its setuid and setgid bits, of a directory does not',
  { needs: ['root'] },
  (place) => {
    sys.writeFile(place.at('program'));
    sys.chmod(place.at('program'), 0o6755);
    sys.mkdir(place.at('dir'));
    sys.chmod(place.at('dir'), 0o2755);
    sys.chown(place.at('program'), alice.uid, club);
    sys.chown(place.at('dir'), alice.uid, club);
    equal(octal(sys.stat(place.at('program')).mode), '0755');
    equal(octal(sys.stat(place.at('dir')).mode), '2755');
    sys.chmod(place.at('program'), 0o6755);
    sys.as({ ...alice, groups: [club] }, () => sys.chown(place.at('program'), -1, alice.gid));
    equal(octal(sys.stat(place.at('program')).mode), '0755');
  },
);
