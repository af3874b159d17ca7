import { alice, behaviour, C, fails, sameBytes, sys } from '../harness.js';

export default behaviour(
  'a directory without r cannot be opened for reading, but used to go through',
  { needs: ['root'] },
  (place) => {
    sys.mkdir(place.at('dir'));
    sys.writeFile(place.at('dir/file'), 'x');
    sys.chmod(place.at('dir'), 0o711);
    sys.as(alice, () => {
      fails('EACCES', () => sys.open(place.at('dir'), C.O_RDONLY | C.O_DIRECTORY));
      sameBytes(sys.readFile(place.at('dir/file')), 'x');
      sys.open(place.at('dir'), C.O_PATH | C.O_DIRECTORY);
    });
  },
);
