import { behaviour, ELF_STATUS, elfProgram, equal, sys } from '../harness.js';

export default behaviour('a program file runs', (place) => {
  sys.writeFile(place.at('program'), elfProgram(), 0o755);
  equal(sys.execute(place.at('program')), ELF_STATUS);
  sys.rename(place.at('program'), place.at('renamed'));
  equal(sys.execute(place.at('renamed')), ELF_STATUS);
});
