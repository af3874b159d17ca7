import { behaviour, C, fails, same, sys } from '../harness.js';

export default behaviour(
  'a directory that the host removes while it is open here takes no more names',
  { needs: ['host'] },
  (place) => {
    const host = place.hostPeer();
    sys.mkdir(place.at('dir'));
    const fd = sys.open(place.at('dir'), C.O_RDONLY | C.O_DIRECTORY);
    host.do('rmdir', place.hostAt('dir'));
    fails(['ENOENT', 'ESTALE'], () => sys.openat(fd, 'file', C.O_CREAT | C.O_RDWR));
    place.seen(() => fails('ENOENT', () => sys.stat(place.at('dir'))));
    host.do('mkdir', place.hostAt('dir'));
    host.do('writeFile', place.hostAt('dir/new'), 'n');
    place.seen(() => same(sys.names(place.at('dir')), ['new']));
  },
);
