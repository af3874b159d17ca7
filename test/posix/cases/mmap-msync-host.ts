import { behaviour, C, sameBytes, sys } from '../harness.js';

export default behaviour('after msync the host has what was stored to the mapping', { needs: ['host'] }, (place) => {
  sys.writeFile(place.at('file'), Buffer.alloc(12_288, '.'));
  const fd = sys.open(place.at('file'), C.O_RDWR);
  const at = sys.mmap(fd, 12_288, C.PROT_READ | C.PROT_WRITE, C.MAP_SHARED);
  const host = place.hostPeer();
  sys.store(at + 4094, 'across');
  sys.msync(at, 12_288, C.MS_SYNC);
  sameBytes(host.do('readFile', place.hostAt('file')).subarray(4092, 4102), '..across..');
  sys.store(at + 9000, 'again');
  sys.fsync(fd);
  sameBytes(host.do('readFile', place.hostAt('file')).subarray(9000, 9005), 'again');
});
