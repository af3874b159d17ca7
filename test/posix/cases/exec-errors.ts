import { behaviour, elfProgram, fails, sys } from '../harness.js';

export default behaviour('execve without x is EACCES, even for root; of a directory EACCES', (place) => {
  sys.writeFile(place.at('program'), elfProgram(), 0o644);
  sys.mkdir(place.at('dir'));
  fails('EACCES', () => sys.execute(place.at('program')));
  fails('EACCES', () => sys.execute(place.at('dir')));
  fails('ENOENT', () => sys.execute(place.at('missing')));
});
