import { behaviour, C, equal, sameBytes, sys } from '../harness.js';

export default behaviour(
  'RENAME_EXCHANGE swaps two objects of any kind',
  { needs: ['hostDirectoryLinks'] },
  (place) => {
    sys.mkdir(place.at('one'));
    sys.mkdir(place.at('one/dir'));
    sys.writeFile(place.at('one/dir/inside'), 'i');
    sys.writeFile(place.at('file'), 'f');
    const dir = sys.stat(place.at('one/dir')).ino;
    const file = sys.stat(place.at('file')).ino;
    sys.rename(place.at('one/dir'), place.at('file'), C.RENAME_EXCHANGE);
    equal(sys.stat(place.at('file')).ino, dir);
    equal(sys.stat(place.at('one/dir')).ino, file);
    sameBytes(sys.readFile(place.at('file/inside')), 'i');
    sameBytes(sys.readFile(place.at('one/dir')), 'f');
    equal(sys.stat(place.at('one')).nlink, 2);
    equal(sys.stat(place.at('file/..')).ino, sys.stat(place.dir).ino);
  },
);
