import { behaviour, C, equal, fails, sys, truthy } from '../harness.js';

export default behaviour('statfs gives sane figures, the same by name and by descriptor', (place) => {
  const one = sys.statfs(place.dir);
  const two = sys.fstatfs(sys.open(place.dir, C.O_RDONLY));
  truthy(one.bsize >= 512);
  truthy(one.frsize >= 512);
  truthy(one.blocks > 0);
  truthy(one.bfree <= one.blocks, `${one.bfree} free of ${one.blocks}`);
  truthy(one.bavail <= one.bfree, `${one.bavail} available of ${one.bfree} free`);
  truthy(one.ffree <= one.files, `${one.ffree} inodes free of ${one.files}`);
  equal(one.namelen, 255);
  equal(two.blocks, one.blocks);
  equal(two.type, one.type);
  fails('ENOENT', () => sys.statfs(place.at('missing')));
  sys.writeFile(place.at('file'));
  fails('ENOTDIR', () => sys.statfs(place.at('file/x')));
});
