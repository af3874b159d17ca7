import { behaviour, equal, octal, sys } from '../harness.js';

export default behaviour("each process's own umask decides", (place) => {
  const peer = place.peer();
  peer.do('umask', 0o077);
  sys.umask(0o002);
  peer.do('writeFile', place.at('theirs'), '', 0o666);
  sys.writeFile(place.at('ours'), '', 0o666);
  equal(octal(sys.stat(place.at('theirs')).mode), '0600');
  equal(octal(sys.stat(place.at('ours')).mode), '0664');
});
