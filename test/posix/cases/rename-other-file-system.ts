import { behaviour, fails, sameBytes, sys } from '../harness.js';

export default behaviour(
  'rename and link to another file system are EXDEV',
  { needs: ['otherFileSystem'] },
  (place) => {
    sys.writeFile(place.at('file'), 'x');
    const there = `/dev/shm/osmofs-${process.pid}`;
    fails('EXDEV', () => sys.rename(place.at('file'), there));
    fails('EXDEV', () => sys.link(place.at('file'), there));
    sys.writeFile(there, 'y');
    try {
      fails('EXDEV', () => sys.rename(there, place.at('file')));
    } finally {
      sys.unlink(there);
    }
    sameBytes(sys.readFile(place.at('file')), 'x');
  },
);
