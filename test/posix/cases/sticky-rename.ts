import { alice, behaviour, bob, C, fails, sameBytes, sys } from '../harness.js';

export default behaviour(
  "in a sticky directory nobody moves or replaces what is somebody else's: EPERM",
  { needs: ['root'] },
  (place) => {
    sys.mkdir(place.at('dir'));
    sys.chmod(place.at('dir'), 0o1777);
    sys.as(alice, () => sys.writeFile(place.at('dir/hers'), 'hers'));
    sys.as(bob, () => {
      sys.writeFile(place.at('dir/his'), 'his');
      fails('EPERM', () => sys.rename(place.at('dir/hers'), place.at('dir/taken')));
      fails('EPERM', () => sys.rename(place.at('dir/his'), place.at('dir/hers')));
      fails('EPERM', () => sys.rename(place.at('dir/his'), place.at('dir/hers'), C.RENAME_EXCHANGE));
      sys.rename(place.at('dir/his'), place.at('dir/his2'));
    });
    sameBytes(sys.readFile(place.at('dir/hers')), 'hers');
  },
);
