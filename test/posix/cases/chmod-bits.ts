import { behaviour, C, equal, octal, sys } from '../harness.js';

export default behaviour('chmod sets all twelve bits, and only them', { needs: ['root'] }, (place) => {
  sys.writeFile(place.at('file'));
  sys.mkdir(place.at('dir'));
  for (const mode of [0o7777, 0o0000, 0o4755, 0o2755, 0o1777, 0o0421, 0o6000]) {
    for (const [name, type] of [
      ['file', C.S_IFREG],
      ['dir', C.S_IFDIR],
    ] as const) {
      sys.chmod(place.at(name), mode);
      equal(octal(sys.stat(place.at(name)).mode), octal(mode));
      equal(sys.stat(place.at(name)).mode & C.S_IFMT, type);
    }
  }
});
