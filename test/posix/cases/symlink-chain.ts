import { behaviour, fails, sameBytes, sys } from '../harness.js';

export default behaviour('a chain of 40 symlinks is followed, one of 41 is ELOOP', (place) => {
  // man 7 path_resolution, "Symlinks": at most 40
  sys.writeFile(place.at('l0'), 'end');
  for (let i = 1; i <= 41; i++) sys.symlink(`l${i - 1}`, place.at(`l${i}`));
  sameBytes(sys.readFile(place.at('l40')), 'end');
  fails('ELOOP', () => sys.readFile(place.at('l41')));
});
