import { behaviour, equal, sameBytes, sys } from '../harness.js';

export default behaviour(
  'names that differ in case or Unicode form are different names',
  { needs: ['hostCaseSensitive'] },
  (place) => {
    const names = ['name', 'Name', 'NAME', '\u00e9', 'e\u0301'];
    names.forEach((name, i) => {
      sys.writeFile(place.at(name), String(i));
    });
    names.forEach((name, i) => {
      sameBytes(sys.readFile(place.at(name)), String(i));
    });
    equal(sys.names(place.dir).length, 5);
  },
);
