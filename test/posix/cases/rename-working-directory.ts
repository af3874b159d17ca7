import { behaviour, sameBytes, sys } from '../harness.js';

export default behaviour('a renamed working directory has its new path', (place) => {
  sys.mkdir(place.at('a'));
  sys.chdir(place.at('a'));
  sys.rename(place.at('a'), place.at('b'));
  sameBytes(sys.getcwd(), place.at('b'));
  sys.writeFile('file', 'x');
  sameBytes(sys.readFile(place.at('b/file')), 'x');
});
