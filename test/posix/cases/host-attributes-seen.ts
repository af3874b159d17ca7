import { behaviour, C, equal, octal, sys } from '../harness.js';

export default behaviour(
  'chmod, utimensat, link and unlink on the host show at the next stat',
  { needs: ['host', 'hostAtOnce'] },
  (place) => {
    const host = place.hostPeer();
    sys.writeFile(place.at('file'), 'x');
    const fd = sys.open(place.at('file'), C.O_RDONLY);
    for (const mode of [0o600, 0o755, 0o444]) {
      host.do('chmod', place.hostAt('file'), mode);
      equal(octal(sys.stat(place.at('file')).mode), octal(mode));
      equal(octal(sys.fstat(fd).mode), octal(mode));
    }
    host.do('utimens', place.hostAt('file'), 1_000_000_007n, 2_000_000_009n);
    equal(sys.stat(place.at('file')).mtime, 2_000_000_009n);
    host.do('link', place.hostAt('file'), place.hostAt('second'));
    equal(sys.fstat(fd).nlink, 2);
    equal(sys.stat(place.at('second')).ino, sys.fstat(fd).ino);
    host.do('unlink', place.hostAt('file'));
    equal(sys.fstat(fd).nlink, 1);
  },
);
