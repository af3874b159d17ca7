import { behaviour, equal, sys } from '../harness.js';

export default behaviour('every d_ino is the st_ino of its name', (place) => {
  for (let i = 0; i < 100; i++) sys.writeFile(place.at(`f${i}`));
  sys.link(place.at('f0'), place.at('hard'));
  for (const entry of sys.readdir(place.dir)) {
    equal(entry.ino, sys.lstat(place.at(entry.name)).ino, entry.name);
  }
});
