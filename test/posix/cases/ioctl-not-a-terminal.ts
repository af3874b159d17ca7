import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour("a terminal's ioctl on a file, a directory or a FIFO is ENOTTY", (place) => {
  sys.writeFile(place.at('file'));
  sys.mkfifo(place.at('fifo'));
  const TCGETS = 0x5401;
  const room = Buffer.alloc(64);
  fails('ENOTTY', () => sys.call('ioctl', sys.open(place.at('file'), C.O_RDONLY), TCGETS, room));
  fails('ENOTTY', () => sys.call('ioctl', sys.open(place.dir, C.O_RDONLY), TCGETS, room));
  fails(['ENOTTY', 'EINVAL'], () => sys.call('ioctl', sys.open(place.at('fifo'), C.O_RDWR), TCGETS, room));
});
