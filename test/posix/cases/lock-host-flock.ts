import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour(
  'flock holds between a process here and one on the host, both ways',
  { needs: ['host', 'hostLocks'] },
  (place) => {
    const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
    const host = place.hostPeer();
    const theirs = host.do('open', place.hostAt('file'), C.O_RDWR);
    sys.flock(fd, C.LOCK_EX);
    fails('EAGAIN', () => host.do('flock', theirs, C.LOCK_SH | C.LOCK_NB));
    sys.close(fd);
    // FUSE releases files in the background: the host may be asked before that, a later call here not.
    place.barrier();
    host.do('flock', theirs, C.LOCK_EX | C.LOCK_NB);
    const again = sys.open(place.at('file'), C.O_RDONLY);
    fails('EAGAIN', () => sys.flock(again, C.LOCK_SH | C.LOCK_NB));
    host.do('close', theirs);
    sys.flock(again, C.LOCK_EX | C.LOCK_NB);
  },
);
