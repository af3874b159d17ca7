import { behaviour, C, equal, octal, sameBytes, sys } from '../harness.js';

export default behaviour(
  'a file removed and made anew on the host is a new file, even with the old inode number',
  { needs: ['host', 'hostAtOnce'] },
  (place) => {
    const host = place.hostPeer();
    for (let i = 0; i < 20; i++) {
      host.do('writeFile', place.hostAt('file'), `file ${i}`);
      host.do('chmod', place.hostAt('file'), i % 2 === 0 ? 0o600 : 0o640);
      sameBytes(sys.readFile(place.at('file')), `file ${i}`);
      equal(octal(sys.stat(place.at('file')).mode), i % 2 === 0 ? '0600' : '0640');
      host.do('unlink', place.hostAt('file'));
    }
    // Another kind of object under the same name, probably with the same inode number.
    host.do('mkdir', place.hostAt('file'));
    equal(sys.stat(place.at('file')).mode & C.S_IFMT, C.S_IFDIR);
    host.do('rmdir', place.hostAt('file'));
    host.do('symlink', 'nowhere', place.hostAt('file'));
    sameBytes(sys.readlink(place.at('file')), 'nowhere');
    host.do('unlink', place.hostAt('file'));
    host.do('mkfifo', place.hostAt('file'));
    equal(sys.stat(place.at('file')).mode & C.S_IFMT, C.S_IFIFO);
  },
);
