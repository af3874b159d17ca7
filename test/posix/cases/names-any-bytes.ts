import { behaviour, equal, same, sameBytes, sys } from '../harness.js';

export default behaviour('names are bytes: not UTF-8, newlines, controls, spaces, leading dashes', (place) => {
  const names = [
    [0xff],
    [0x80, 0x81],
    [0xc3, 0x28],
    [0x0a],
    [0x20],
    [0x2d, 0x72, 0x66],
    [0x01, 0x7f],
    [0xed, 0xa0, 0x80],
  ];
  names.forEach((name, i) => {
    const at = place.bytes(Buffer.from(name));
    sys.writeFile(at, `content ${i}`);
    sameBytes(sys.readFile(at), `content ${i}`);
  });
  same(sys.names(place.dir), names.map((name) => Buffer.from(name).toString('latin1')).sort());
  const moved = place.bytes(Buffer.from([0xfe, 0x0a, 0xff]));
  sys.rename(place.bytes(Buffer.from([0xff])), moved);
  sys.link(moved, place.bytes(Buffer.from([0xfd])));
  equal(sys.stat(moved).nlink, 2);
  sys.unlink(moved);
});
