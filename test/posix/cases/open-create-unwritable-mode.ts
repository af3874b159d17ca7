import { alice, behaviour, C, fails, sameBytes, sys } from '../harness.js';

export default behaviour(
  'the creator of a file of mode 0000 can write through the descriptor',
  { needs: ['root'] },
  (place) => {
    sys.mkdir(place.at('dir'));
    sys.chmod(place.at('dir'), 0o777);
    sys.as(alice, () => {
      const fd = sys.open(place.at('dir/file'), C.O_CREAT | C.O_RDWR, 0);
      sys.write(fd, 'written');
      sameBytes(sys.pread(fd, 10, 0), 'written');
      fails('EACCES', () => sys.open(place.at('dir/file'), C.O_RDONLY));
    });
  },
);
