import { behaviour, C, equal, sameBytes, sys, truthy } from '../harness.js';

export default behaviour(
  'punching a hole zeroes the range, frees blocks and keeps the size',
  { needs: ['hostHoles'] },
  (place) => {
    const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
    const size = 1 << 20;
    const model = Buffer.alloc(size, 'x');
    sys.write(fd, model);
    sys.fsync(fd);
    const before = sys.fstat(fd);
    // Read first: what is cached must go too.
    sameBytes(sys.pread(fd, size, 0), model);
    sys.fallocate(fd, C.FALLOC_FL_PUNCH_HOLE | C.FALLOC_FL_KEEP_SIZE, 100_001, 600_000);
    model.fill(0, 100_001, 700_001);
    sameBytes(sys.pread(fd, size, 0), model);
    sys.fsync(fd);
    const after = sys.fstat(fd);
    equal(after.size, size);
    truthy(after.blocks * 512 <= before.blocks * 512 - 500_000, `${before.blocks} blocks became ${after.blocks}`);
    const hole = sys.lseek(fd, 0, C.SEEK_HOLE);
    truthy(hole >= 100_001 && hole < 200_000, `hole at ${hole}`);
  },
);
