import { behaviour, ELF_STATUS, elfProgram, equal, sys } from '../harness.js';

export default behaviour('a script runs through its interpreter', (place) => {
  sys.writeFile(place.at('program'), elfProgram(), 0o755);
  sys.writeFile(place.at('script'), `#!${place.at('program')}\n`, 0o755);
  equal(sys.execute(place.at('script')), ELF_STATUS);
});
