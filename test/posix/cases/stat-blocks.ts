import { behaviour, C, sys, truthy } from '../harness.js';

export default behaviour(
  'st_blocks counts what is stored, st_blksize is a sensible unit',
  { needs: ['hostHoles'] },
  (place) => {
    sys.writeFile(place.at('full'), Buffer.alloc(1 << 20, 'x'));
    const fd = sys.open(place.at('full'), C.O_RDONLY);
    sys.fsync(fd);
    const full = sys.fstat(fd);
    truthy(full.blocks * 512 >= 1 << 20, `a full MiB has ${full.blocks} blocks`);
    truthy(full.blocks * 512 < 2 << 20, `a full MiB has ${full.blocks} blocks`);
    truthy(full.blksize >= 512 && full.blksize <= 1 << 24, `blksize ${full.blksize}`);
    sys.writeFile(place.at('sparse'));
    sys.truncate(place.at('sparse'), 1 << 30);
    truthy(sys.stat(place.at('sparse')).blocks * 512 < 1 << 20);
  },
);
