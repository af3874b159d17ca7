import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour('openat2 with RESOLVE_BENEATH or RESOLVE_NO_SYMLINKS keeps inside the directory', (place) => {
  sys.mkdir(place.at('dir'));
  sys.writeFile(place.at('outside'));
  sys.writeFile(place.at('dir/file'));
  sys.symlink('../outside', place.at('dir/out'));
  sys.symlink('file', place.at('dir/in'));
  const dir = sys.open(place.at('dir'), C.O_PATH);
  fails('EXDEV', () => sys.openat2(dir, 'out', C.O_RDONLY, 0, C.RESOLVE_BENEATH));
  fails('EXDEV', () => sys.openat2(dir, '../outside', C.O_RDONLY, 0, C.RESOLVE_BENEATH));
  fails('ELOOP', () => sys.openat2(dir, 'in', C.O_RDONLY, 0, C.RESOLVE_NO_SYMLINKS));
  sys.openat2(dir, 'in', C.O_RDONLY, 0, C.RESOLVE_BENEATH);
});
