import { behaviour, C, equal, same, sys } from '../harness.js';

export default behaviour('stat by name, by descriptor and by another process agree in every field', (place) => {
  sys.writeFile(place.at('file'), 'x'.repeat(5000), 0o640);
  const byName = sys.stat(place.at('file'));
  same(sys.fstat(sys.open(place.at('file'), C.O_RDONLY)), byName);
  same(sys.fstat(sys.open(place.at('file'), C.O_PATH)), byName);
  same(place.peer().do('stat', place.at('file')), byName);
  equal(byName.mask & C.STATX_BASIC_STATS, C.STATX_BASIC_STATS);
});
