import { behaviour, C, sameBytes, sys } from '../harness.js';

export default behaviour("processes that map one file shared see each other's stores at once", (place) => {
  sys.writeFile(place.at('file'), Buffer.alloc(4096));
  const fd = sys.open(place.at('file'), C.O_RDWR);
  const at = sys.mmap(fd, 4096, C.PROT_READ | C.PROT_WRITE, C.MAP_SHARED);
  const peer = place.peer();
  const theirs = peer.do('open', place.at('file'), C.O_RDWR);
  const there = peer.do('mmap', theirs, 4096, C.PROT_READ | C.PROT_WRITE, C.MAP_SHARED);
  for (let i = 0; i < 10; i++) {
    sys.store(at, `ours ${i}`);
    sameBytes(peer.do('load', there, 6), `ours ${i}`);
    peer.do('store', there + 100, `theirs ${i}`);
    sameBytes(sys.load(at + 100, 8), `theirs ${i}`);
  }
});
