import { alice, behaviour, fails, sys } from '../harness.js';

export default behaviour('rename without w in either directory is EACCES', { needs: ['root'] }, (place) => {
  sys.mkdir(place.at('mine'));
  sys.chmod(place.at('mine'), 0o777);
  sys.mkdir(place.at('theirs'));
  sys.chmod(place.at('theirs'), 0o755);
  sys.writeFile(place.at('mine/a'));
  sys.writeFile(place.at('theirs/b'));
  sys.as(alice, () => {
    fails('EACCES', () => sys.rename(place.at('mine/a'), place.at('theirs/a')));
    fails('EACCES', () => sys.rename(place.at('theirs/b'), place.at('mine/b')));
    sys.rename(place.at('mine/a'), place.at('mine/c'));
  });
});
