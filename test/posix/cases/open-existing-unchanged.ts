import { behaviour, C, equal, octal, sameBytes, sys } from '../harness.js';

export default behaviour('open with O_CREAT of an existing file changes neither its mode nor its content', (place) => {
  sys.writeFile(place.at('file'), 'content');
  sys.chmod(place.at('file'), 0o640);
  const before = sys.stat(place.at('file'));
  const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR, 0o777);
  equal(octal(sys.fstat(fd).mode), '0640');
  equal(sys.fstat(fd).mtime, before.mtime);
  sameBytes(sys.read(fd, 100), 'content');
});
