import { behaviour, C, sys } from '../harness.js';

export default behaviour('fsync, fdatasync, syncfs and sync_file_range work on what they should', (place) => {
  const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  sys.write(fd, Buffer.alloc(100_000, 'x'));
  sys.syncFileRange(fd, 0, 50_000);
  sys.fdatasync(fd);
  sys.fsync(fd);
  sys.syncfs(fd);
  // A descriptor for reading will do as well.
  sys.fsync(sys.open(place.at('file'), C.O_RDONLY));
});
