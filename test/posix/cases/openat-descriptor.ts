import { behaviour, C, fails, sameBytes, sys } from '../harness.js';

export default behaviour('openat takes names relative to the directory, wherever it has gone', (place) => {
  sys.mkdir(place.at('one'));
  const dir = sys.open(place.at('one'), C.O_RDONLY | C.O_DIRECTORY);
  sys.rename(place.at('one'), place.at('two'));
  sys.write(sys.openat(dir, 'file', C.O_CREAT | C.O_RDWR), 'moved along');
  sameBytes(sys.readFile(place.at('two/file')), 'moved along');
  const file = sys.openat(dir, 'file', C.O_RDONLY);
  fails('ENOTDIR', () => sys.openat(file, 'x', C.O_RDONLY));
});
