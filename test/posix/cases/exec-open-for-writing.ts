import { behaviour, C, ELF_STATUS, elfProgram, equal, fails, sys } from '../harness.js';

export default behaviour(
  'execve of a file that somebody has open for writing is ETXTBSY',
  { needs: ['textBusy'] },
  (place) => {
    sys.writeFile(place.at('program'), elfProgram(), 0o755);
    const fd = sys.open(place.at('program'), C.O_WRONLY);
    fails('ETXTBSY', () => sys.execute(place.at('program')));
    sys.close(fd);
    equal(sys.execute(place.at('program')), ELF_STATUS);
  },
);
