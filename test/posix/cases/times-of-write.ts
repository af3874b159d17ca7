import { behaviour, C, same, sys } from '../harness.js';
import { timesIn } from '../times.js';

export default behaviour('write, truncate, fallocate and O_TRUNC move mtime and ctime', (place) => {
  const moved = timesIn(place);
  const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  const look = () => sys.fstat(fd);
  same(
    moved(look, () => sys.write(fd, 'x')),
    ['ctime', 'mtime'],
  );
  same(
    moved(look, () => sys.ftruncate(fd, 100)),
    ['ctime', 'mtime'],
  );
  same(
    moved(look, () => sys.truncate(place.at('file'), 50)),
    ['ctime', 'mtime'],
  );
  same(
    moved(look, () => sys.fallocate(fd, 0, 0, 4096)),
    ['ctime', 'mtime'],
  );
  same(
    moved(look, () => sys.close(sys.open(place.at('file'), C.O_WRONLY | C.O_TRUNC))),
    ['ctime', 'mtime'],
  );
  same(
    moved(look, () => sys.fsync(fd)),
    [],
  );
});
