import { behaviour, same, sameBytes, sys } from '../harness.js';

export default behaviour('names of any bytes are the same on both sides', { needs: ['host'] }, (place) => {
  const host = place.hostPeer();
  const odd = Buffer.from([0xff, 0x0a, 0xc3, 0x28, 0x20, 0x80]);
  sys.writeFile(place.bytes(odd), 'here');
  sameBytes(host.do('readFile', Buffer.concat([Buffer.from(place.hostAt('')), odd])), 'here');
  const other = Buffer.from([0xfe, 0x09]);
  host.do('writeFile', Buffer.concat([Buffer.from(place.hostAt('')), other]), 'there');
  sameBytes(sys.readFile(place.bytes(other)), 'there');
  same(sys.names(place.dir), host.do('names', place.hostAt('.')));
});
