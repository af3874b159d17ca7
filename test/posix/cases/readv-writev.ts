import { behaviour, C, equal, sameBytes, sys } from '../harness.js';

export default behaviour('readv and writev take their pieces in order, short at the end', (place) => {
  const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  equal(sys.writev(fd, ['one', '', 'two', Buffer.alloc(5000, 'x')]), 5006);
  sys.lseek(fd, 0, C.SEEK_SET);
  const [a, b, c, d] = sys.readv(fd, [4, 2, 4990, 100]) as [Buffer, Buffer, Buffer, Buffer];
  sameBytes(a, 'onet');
  sameBytes(b, 'wo');
  equal(c.length, 4990);
  equal(d.length, 10);
});
