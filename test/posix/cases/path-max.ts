import { behaviour, fails, sameBytes, sys } from '../harness.js';

export default behaviour('a path of 4095 bytes works, one of 4096 is ENAMETOOLONG', (place) => {
  // man 7 path_resolution: PATH_MAX counts the NUL
  const pad = (length: number) => `${place.dir}/${'./'.repeat(2048)}`.slice(0, length - 4);
  const fitting = (length: number) => {
    const start = pad(length);
    return `${start.endsWith('/') ? start : `${start.slice(0, -1)}/`}file`;
  };
  sys.writeFile(place.at('file'), 'x');
  sameBytes(sys.readFile(fitting(4095)), 'x');
  fails('ENAMETOOLONG', () => sys.readFile(`${fitting(4095)}x`));
});
