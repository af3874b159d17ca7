import { behaviour, equal, octal, sameBytes, sys } from '../harness.js';

export default behaviour('hard links are one file: inode, content, mode and a count of links', (place) => {
  sys.writeFile(place.at('a'), 'content');
  sys.mkdir(place.at('dir'));
  sys.link(place.at('a'), place.at('dir/b'));
  sys.link(place.at('dir/b'), place.at('c'));
  const [a, b, c] = ['a', 'dir/b', 'c'].map((name) => sys.stat(place.at(name))) as [sys.Stat, sys.Stat, sys.Stat];
  equal(a.nlink, 3);
  equal(b.ino, a.ino);
  equal(c.ino, a.ino);
  sys.writeFile(place.at('dir/b'), 'changed');
  sys.chmod(place.at('c'), 0o600);
  sameBytes(sys.readFile(place.at('a')), 'changed');
  equal(octal(sys.stat(place.at('a')).mode), '0600');
  sys.unlink(place.at('a'));
  sys.unlink(place.at('c'));
  equal(sys.stat(place.at('dir/b')).nlink, 1);
});
