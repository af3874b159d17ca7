import { behaviour, C, equal, sys } from '../harness.js';

export default behaviour('open with O_TRUNC empties the file for everybody who has it open', (place) => {
  sys.writeFile(place.at('file'), 'content');
  const other = sys.open(place.at('file'), C.O_RDONLY);
  sys.open(place.at('file'), C.O_WRONLY | C.O_TRUNC);
  equal(sys.fstat(other).size, 0);
  equal(sys.read(other, 10).length, 0);
});
