import { behaviour, C, equal, sys } from '../harness.js';

export default behaviour('every kind of object has its type in st_mode and in d_type', (place) => {
  sys.writeFile(place.at('file'));
  sys.mkdir(place.at('dir'));
  sys.symlink('file', place.at('link'));
  sys.mkfifo(place.at('fifo'));
  sys.mknod(place.at('socket'), C.S_IFSOCK | 0o600);
  const entries = new Map(sys.readdir(place.dir).map((entry) => [entry.name, entry]));
  for (const [name, type, dirent] of [
    ['file', C.S_IFREG, C.DT_REG],
    ['dir', C.S_IFDIR, C.DT_DIR],
    ['link', C.S_IFLNK, C.DT_LNK],
    ['fifo', C.S_IFIFO, C.DT_FIFO],
    ['socket', C.S_IFSOCK, C.DT_SOCK],
  ] as const) {
    const stat = sys.lstat(place.at(name));
    equal(stat.mode & C.S_IFMT, type, name);
    equal(entries.get(name)!.type, dirent, name);
    equal(entries.get(name)!.ino, stat.ino, `d_ino of ${name}`);
  }
});
