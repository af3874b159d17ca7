import { behaviour, equal, sameBytes, sys } from '../harness.js';

export default behaviour('a symlink holds any bytes, exactly', (place) => {
  const contents = [
    Buffer.from([0xff, 0xfe, 0x80, 0x0a, 0x20, 0x01]),
    Buffer.from('../../../../../../../etc/hostname'),
    Buffer.from('//a//b/./..//'),
    Buffer.from(' '),
    Buffer.from('x'.repeat(300)),
    Buffer.from(`${'y/'.repeat(2047)}z`),
  ];
  contents.forEach((content, i) => {
    sys.symlink(content, place.at(`l${i}`));
    sameBytes(sys.readlink(place.at(`l${i}`)), content);
    equal(sys.lstat(place.at(`l${i}`)).size, content.length);
  });
});
