import { behaviour, equal, sys } from '../harness.js';

export default behaviour('what a directory listing knew about a file is not what stat says later', (place) => {
  for (let i = 0; i < 50; i++) sys.writeFile(place.at(`f${i}`), 'x'.repeat(i));
  sys.readdir(place.dir);
  for (let i = 0; i < 50; i++) {
    sys.truncate(place.at(`f${i}`), 1000 + i);
    equal(sys.stat(place.at(`f${i}`)).size, 1000 + i);
  }
});
