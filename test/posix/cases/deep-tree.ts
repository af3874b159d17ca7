import { behaviour, sameBytes, sys } from '../harness.js';

export default behaviour('a tree of 200 levels is made, read and renamed at its root', (place) => {
  sys.chdir(place.dir);
  for (let i = 0; i < 200; i++) {
    sys.mkdir('d');
    sys.chdir('d');
  }
  sys.writeFile('leaf', 'deep');
  const path = `${place.dir}${'/d'.repeat(200)}`;
  sameBytes(sys.getcwd(), path);
  sameBytes(sys.readFile(`${path}/leaf`), 'deep');
  sys.rename(place.at('d'), place.at('D'));
  sameBytes(sys.getcwd(), `${place.at('D')}${'/d'.repeat(199)}`);
  sameBytes(sys.readFile('leaf'), 'deep');
  sameBytes(sys.readFile(`${place.at('D')}${'/d'.repeat(199)}/leaf`), 'deep');
});
