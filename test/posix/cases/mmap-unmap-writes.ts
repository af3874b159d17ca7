import { behaviour, C, sameBytes, sys } from '../harness.js';

export default behaviour(
  'what was stored is there after munmap and close, for any reader',
  { needs: ['host'] },
  (place) => {
    sys.writeFile(place.at('file'), Buffer.alloc(4096, '.'));
    const fd = sys.open(place.at('file'), C.O_RDWR);
    const at = sys.mmap(fd, 4096, C.PROT_READ | C.PROT_WRITE, C.MAP_SHARED);
    sys.close(fd);
    sys.store(at + 10, 'stored');
    sys.munmap(at, 4096);
    sameBytes(sys.readFile(place.at('file')).subarray(8, 18), '..stored..');
    const again = sys.open(place.at('file'), C.O_RDONLY);
    sys.fsync(again);
    sameBytes(place.hostPeer().do('readFile', place.hostAt('file')).subarray(10, 16), 'stored');
  },
);
