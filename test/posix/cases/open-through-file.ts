import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour('open through a file as if it were a directory is ENOTDIR', (place) => {
  sys.writeFile(place.at('file'));
  fails('ENOTDIR', () => sys.open(place.at('file/below'), C.O_RDONLY));
  fails('ENOTDIR', () => sys.open(place.at('file/below'), C.O_CREAT | C.O_RDWR));
  fails('ENOTDIR', () => sys.open(place.at('file/'), C.O_RDONLY));
});
