import { alice, behaviour, bob, C, fails, sys } from '../harness.js';

export default behaviour('access answers by the permission bits', { needs: ['root'] }, (place) => {
  sys.writeFile(place.at('file'));
  sys.chown(place.at('file'), bob.uid, bob.gid);
  sys.chmod(place.at('file'), 0o754);
  const may = (mode: number) => sys.access(place.at('file'), mode);
  sys.as(bob, () => may(C.R_OK | C.W_OK | C.X_OK));
  sys.as({ ...alice, groups: [bob.gid] }, () => {
    may(C.R_OK | C.X_OK);
    fails('EACCES', () => may(C.W_OK));
  });
  sys.as(alice, () => {
    may(C.F_OK);
    may(C.R_OK);
    fails('EACCES', () => may(C.X_OK));
    fails('EACCES', () => may(C.R_OK | C.W_OK));
  });
});
