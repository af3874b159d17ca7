import { behaviour, C, equal, fails, sameBytes, sys } from '../harness.js';

export default behaviour(
  'collapsing and inserting ranges work on a plain disk; the mount says EOPNOTSUPP',
  { needs: ['hostHoles'] },
  (place) => {
    const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
    const block = sys.statfs(place.dir).bsize;
    for (const letter of ['a', 'b', 'c']) sys.write(fd, Buffer.alloc(block, letter));
    const collapses = place.differs(true, false, "the kernel's FUSE client passes on neither");
    if (collapses) {
      sys.fallocate(fd, C.FALLOC_FL_COLLAPSE_RANGE, block, block);
      sameBytes(sys.readFile(place.at('file')), Buffer.concat([Buffer.alloc(block, 'a'), Buffer.alloc(block, 'c')]));
      sys.fallocate(fd, C.FALLOC_FL_INSERT_RANGE, block, block);
      equal(sys.fstat(fd).size, 3 * block);
    } else {
      fails('EOPNOTSUPP', () => sys.fallocate(fd, C.FALLOC_FL_COLLAPSE_RANGE, block, block));
      fails('EOPNOTSUPP', () => sys.fallocate(fd, C.FALLOC_FL_INSERT_RANGE, block, block));
      equal(sys.fstat(fd).size, 3 * block);
    }
  },
);
