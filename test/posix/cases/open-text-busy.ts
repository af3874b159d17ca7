import { behaviour, C, ELF_STATUS, elfProgram, equal, fails, sys } from '../harness.js';

export default behaviour(
  'a running program cannot be opened for writing: ETXTBSY',
  { needs: ['textBusy'] },
  async (place) => {
    sys.writeFile(place.at('program'), elfProgram(), 0o755);
    const program = sys.startProgram(place.at('program'));
    fails('ETXTBSY', () => sys.open(place.at('program'), C.O_WRONLY));
    fails('ETXTBSY', () => sys.truncate(place.at('program'), 0));
    equal(await program.end(), ELF_STATUS);
    sys.open(place.at('program'), C.O_WRONLY);
  },
);
