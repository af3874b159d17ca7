import { behaviour, C, equal, sys } from '../harness.js';

export default behaviour('touching a mapped page beyond the end of the file is SIGBUS', async (place) => {
  sys.writeFile(place.at('file'), 'short');
  const peer = place.peer();
  const fd = peer.do('open', place.at('file'), C.O_RDONLY);
  const at = peer.do('mmap', fd, 8192, C.PROT_READ, C.MAP_SHARED);
  peer.do('load', at + 4095, 1);
  peer.start('load', at + 4096, 1);
  peer.gone();
  equal(await peer.deathSignal(), 'SIGBUS');
});
