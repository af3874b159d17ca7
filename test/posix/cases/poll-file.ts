import { behaviour, C, same, sys } from '../harness.js';

export default behaviour(
  'poll says at once that a file can be read, also at its end; a FIFO only with data in it',
  (place) => {
    sys.writeFile(place.at('file'), '');
    sys.mkfifo(place.at('fifo'));
    const file = sys.open(place.at('file'), C.O_RDONLY);
    const fifo = sys.open(place.at('fifo'), C.O_RDWR);
    same(sys.readable([file, fifo], 0), [file]);
    sys.write(fifo, 'x');
    same(sys.readable([file, fifo], 0), [file, fifo]);
  },
);
