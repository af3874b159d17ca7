import { alice, behaviour, bob, C, same, sys } from '../harness.js';

export default behaviour(
  'what nobody has chowned belongs to root in strict, to whoever asks in caller',
  { identity: true, needs: ['root', 'host'] },
  (place) => {
    const host = place.hostPeer();
    host.do('writeFile', place.hostAt('file'), 'x');
    host.do('mkdir', place.hostAt('dir'));
    host.do('symlink', 'file', place.hostAt('link'));
    host.do('mkfifo', place.hostAt('fifo'));
    const fd = sys.open(place.at('file'), C.O_RDONLY);
    for (const who of [alice, bob, { uid: 0, gid: 0 }, alice]) {
      const expected = place.ownership === 'caller' ? who : { uid: 0, gid: 0 };
      sys.as(who, () => {
        for (const name of ['file', 'dir', 'link', 'fifo']) {
          const { uid, gid } = sys.lstat(place.at(name));
          same({ uid, gid }, expected, name);
        }
        const { uid, gid } = sys.fstat(fd);
        same({ uid, gid }, expected, 'through a descriptor');
      });
    }
  },
);
