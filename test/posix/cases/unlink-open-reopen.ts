import { behaviour, C, sameBytes, sys } from '../harness.js';

export default behaviour('an unlinked open file can be opened again through /proc/self/fd', (place) => {
  sys.writeFile(place.at('file'), 'nameless');
  const fd = sys.open(place.at('file'), C.O_RDONLY);
  sys.unlink(place.at('file'));
  const again = sys.open(`/proc/self/fd/${fd}`, C.O_RDWR);
  sys.write(again, 'NAME');
  sameBytes(sys.read(fd, 100), 'NAMEless');
});
