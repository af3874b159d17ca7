import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour('a waiting writer gets its lock when the last of the readers has gone', (place) => {
  const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  const [reader, writer] = [place.peer(), place.peer()];
  const readers = reader.do('open', place.at('file'), C.O_RDWR);
  const writers = writer.do('open', place.at('file'), C.O_RDWR);
  sys.lock(fd, C.F_RDLCK);
  reader.do('lock', readers, C.F_RDLCK);
  const waiting = writer.start('lockWait', writers, C.F_WRLCK);
  waiting.blocked('fcntl', place.barrier);
  sys.lock(fd, C.F_UNLCK);
  waiting.blocked('fcntl', place.barrier);
  reader.do('close', readers);
  waiting.finish();
  fails('EAGAIN', () => sys.lock(fd, C.F_RDLCK));
});
