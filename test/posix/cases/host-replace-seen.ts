import { behaviour, C, sameBytes, sys, truthy } from '../harness.js';

export default behaviour(
  'a file replaced on the host is the new file at the next open, the old one for who has it open',
  { needs: ['host'] },
  (place) => {
    const host = place.hostPeer();
    sys.writeFile(place.at('file'), 'generation 0');
    for (let i = 1; i < 20; i++) {
      const fd = sys.open(place.at('file'), C.O_RDONLY);
      const { ino } = sys.fstat(fd);
      host.do('writeFile', place.hostAt('new'), `generation ${i}`);
      host.do('rename', place.hostAt('new'), place.hostAt('file'));
      place.seen(() => sameBytes(sys.readFile(place.at('file')), `generation ${i}`));
      sameBytes(sys.pread(fd, 100, 0), `generation ${i - 1}`);
      truthy(sys.stat(place.at('file')).ino !== ino);
      sys.close(fd);
    }
  },
);
