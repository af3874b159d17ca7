import { alice, behaviour, C, equal, octal, sys } from '../harness.js';

export default behaviour(
  'a write or truncate by an ordinary user clears setuid and setgid',
  { needs: ['root'] },
  (place) => {
    const prepare = (name: string) => {
      sys.writeFile(place.at(name), 'content');
      sys.chmod(place.at(name), 0o6777);
      equal(octal(sys.stat(place.at(name)).mode), '6777');
    };
    prepare('written');
    prepare('truncated');
    prepare('read');
    sys.as(alice, () => {
      sys.write(sys.open(place.at('written'), C.O_WRONLY), 'x');
      sys.truncate(place.at('truncated'), 1);
      sys.readFile(place.at('read'));
    });
    equal(octal(sys.stat(place.at('written')).mode), '0777');
    equal(octal(sys.stat(place.at('truncated')).mode), '0777');
    equal(octal(sys.stat(place.at('read')).mode), '6777');
  },
);
