import { behaviour, C, fails, same, sys } from '../harness.js';

export default behaviour('a name of 256 bytes is ENAMETOOLONG for every call', (place) => {
  const long = place.at('n'.repeat(256));
  sys.writeFile(place.at('file'));
  const calls: (() => unknown)[] = [
    () => sys.open(long, C.O_CREAT | C.O_RDWR),
    () => sys.open(long, C.O_RDONLY),
    () => sys.stat(long),
    () => sys.mkdir(long),
    () => sys.rmdir(long),
    () => sys.unlink(long),
    () => sys.symlink('x', long),
    () => sys.readlink(long),
    () => sys.mkfifo(long),
    () => sys.link(place.at('file'), long),
    () => sys.rename(place.at('file'), long),
    () => sys.rename(long, place.at('other')),
    () => sys.chmod(long, 0o600),
    () => sys.truncate(long, 0),
  ];
  for (const act of calls) fails('ENAMETOOLONG', act);
  same(sys.names(place.dir), ['file']);
});
