import { alice, behaviour, fails, sys } from '../harness.js';

export default behaviour(
  'moving a directory to another parent needs w on the directory itself: EACCES',
  { needs: ['root'] },
  (place) => {
    for (const name of ['one', 'two', 'one/dir']) sys.mkdir(place.at(name));
    sys.chmod(place.at('one'), 0o777);
    sys.chmod(place.at('two'), 0o777);
    sys.as(alice, () => {
      fails('EACCES', () => sys.rename(place.at('one/dir'), place.at('two/dir')));
      // Its ".." does not change here.
      sys.rename(place.at('one/dir'), place.at('one/renamed'));
    });
  },
);
