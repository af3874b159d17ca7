import { alice, behaviour, bob, C, equal, fails, octal, sys } from '../harness.js';

export default behaviour('chmod of what belongs to somebody else is EPERM', { needs: ['root'] }, (place) => {
  sys.writeFile(place.at('file'));
  sys.chown(place.at('file'), bob.uid, bob.gid);
  sys.chmod(place.at('file'), 0o666);
  sys.as(alice, () => {
    const fd = sys.open(place.at('file'), C.O_RDWR);
    fails('EPERM', () => sys.chmod(place.at('file'), 0o777));
    fails('EPERM', () => sys.fchmod(fd, 0o777));
  });
  sys.as(bob, () => sys.chmod(place.at('file'), 0o640));
  equal(octal(sys.stat(place.at('file')).mode), '0640');
});
