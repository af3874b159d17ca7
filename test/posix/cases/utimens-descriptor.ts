import { behaviour, C, equal, sys } from '../harness.js';

export default behaviour(
  'futimens works on a descriptor for reading, and survives the close after a write',
  (place) => {
    const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
    sys.write(fd, 'data');
    sys.futimens(fd, 10n, 20n);
    sys.close(fd);
    equal(sys.stat(place.at('file')).mtime, 20n);
    const reader = sys.open(place.at('file'), C.O_RDONLY);
    sys.futimens(reader, 30n, 40n);
    equal(sys.stat(place.at('file')).mtime, 40n);
  },
);
