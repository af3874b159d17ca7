import { behaviour, C, fails, same, sys } from '../harness.js';

export default behaviour(
  'a directory that the host moves out of the share is out of reach of the mount',
  { needs: ['host'] },
  (place) => {
    const host = place.hostPeer();
    const outside = place.hostAt(`../../osmofs-outside-${process.pid}`);
    sys.mkdir(place.at('dir'));
    sys.writeFile(place.at('dir/file'), 'secret');
    const dir = sys.open(place.at('dir'), C.O_RDONLY | C.O_DIRECTORY);
    host.do('rename', place.hostAt('dir'), outside);
    try {
      fails('ENOENT', () => sys.stat(place.at('dir')));
      if (place.bare) sys.close(sys.openat(dir, 'new', C.O_CREAT | C.O_RDWR));
      else {
        fails(['ESTALE', 'ENOENT'], () => sys.openat(dir, 'new', C.O_CREAT | C.O_RDWR));
        fails(['ESTALE', 'ENOENT'], () => sys.openat(dir, 'file', C.O_RDONLY));
        fails(['ESTALE', 'ENOENT'], () => sys.unlinkat(dir, 'file'));
      }
      same(host.do('names', outside), place.differs(['file', 'new'], ['file'], 'nothing outside a share is reachable'));
    } finally {
      for (const name of host.do('names', outside)) host.do('unlink', `${outside}/${name}`);
      host.do('rmdir', outside);
    }
  },
);
