import { behaviour, C, fails, sameBytes, sys } from '../harness.js';

export default behaviour('read into and write from memory that is not there is EFAULT', (place) => {
  sys.writeFile(place.at('file'), 'x'.repeat(100));
  const fd = sys.open(place.at('file'), C.O_RDWR);
  fails('EFAULT', () => sys.call('read', fd, 1, 50));
  fails('EFAULT', () => sys.call('write', fd, 1, 50));
  sameBytes(sys.readFile(place.at('file')), 'x'.repeat(100));
});
