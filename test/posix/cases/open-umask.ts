import { behaviour, C, equal, octal, sys } from '../harness.js';

export default behaviour('a new file has the mode asked for without the bits of the umask', (place) => {
  sys.umask(0o027);
  for (const [asked, got] of [
    [0o777, '0750'],
    [0o666, '0640'],
    [0o000, '0000'],
  ] as const) {
    const fd = sys.open(place.at(got), C.O_CREAT | C.O_RDWR, asked);
    equal(octal(sys.fstat(fd).mode), got);
  }
});
