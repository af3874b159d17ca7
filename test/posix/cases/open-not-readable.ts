import { alice, behaviour, C, fails, sys } from '../harness.js';

export default behaviour('open without permission to read or write is EACCES', { needs: ['root'] }, (place) => {
  sys.writeFile(place.at('unreadable'));
  sys.chmod(place.at('unreadable'), 0o622);
  sys.writeFile(place.at('unwritable'));
  sys.chmod(place.at('unwritable'), 0o644);
  sys.as(alice, () => {
    fails('EACCES', () => sys.open(place.at('unreadable'), C.O_RDONLY));
    sys.open(place.at('unreadable'), C.O_WRONLY);
    fails('EACCES', () => sys.open(place.at('unwritable'), C.O_WRONLY));
    fails('EACCES', () => sys.open(place.at('unwritable'), C.O_RDWR));
    fails('EACCES', () => sys.open(place.at('unwritable'), C.O_RDONLY | C.O_TRUNC));
    sys.open(place.at('unwritable'), C.O_RDONLY);
  });
});
