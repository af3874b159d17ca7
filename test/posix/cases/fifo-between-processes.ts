import { behaviour, C, equal, sameBytes, sys } from '../harness.js';

export default behaviour('a FIFO carries bytes between processes: opening waits, closing ends', (place) => {
  sys.mkfifo(place.at('fifo'));
  const peer = place.peer();
  const opening = peer.start('open', place.at('fifo'), C.O_WRONLY);
  opening.blocked('openat', place.barrier);
  const reader = sys.open(place.at('fifo'), C.O_RDONLY);
  const writer = opening.finish();
  peer.do('write', writer, 'through the pipe');
  sameBytes(sys.read(reader, 100), 'through the pipe');
  peer.do('close', writer);
  equal(sys.read(reader, 100).length, 0);
  equal(sys.stat(place.at('fifo')).size, 0);
});
