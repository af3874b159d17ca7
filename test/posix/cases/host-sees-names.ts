import { behaviour, equal, octal, same, sys } from '../harness.js';

export default behaviour(
  'every name made, moved or removed here is so on the host before the call returns',
  { needs: ['host'] },
  (place) => {
    const host = place.hostPeer();
    const names = () => host.do('names', place.hostAt('.'));
    sys.mkdir(place.at('dir'));
    sys.symlink('x', place.at('link'));
    sys.mkfifo(place.at('fifo'));
    sys.writeFile(place.at('file'));
    same(names(), ['dir', 'fifo', 'file', 'link']);
    sys.rename(place.at('file'), place.at('dir/file'));
    sys.link(place.at('dir/file'), place.at('hard'));
    sys.unlink(place.at('link'));
    same(names(), ['dir', 'fifo', 'hard']);
    equal(host.do('stat', place.hostAt('dir/file')).nlink, 2);
    sys.chmod(place.at('hard'), 0o604);
    equal(octal(host.do('stat', place.hostAt('hard')).mode), '0604');
    sys.utimens(place.at('hard'), 11n, 12n);
    equal(host.do('stat', place.hostAt('hard')).mtime, 12n);
  },
);
