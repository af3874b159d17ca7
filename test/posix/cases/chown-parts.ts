import { behaviour, C, same, sys } from '../harness.js';

export default behaviour(
  'chown with -1 leaves that id alone; large ids are kept',
  { identity: true, needs: ['root'] },
  (place) => {
    sys.writeFile(place.at('file'));
    const owner = () => {
      const stat = sys.stat(place.at('file'));
      return [stat.uid, stat.gid];
    };
    sys.chown(place.at('file'), 1000, 2000);
    sys.chown(place.at('file'), 3000, -1);
    same(owner(), [3000, 2000]);
    sys.chown(place.at('file'), -1, 4000);
    same(owner(), [3000, 4000]);
    sys.chown(place.at('file'), -1, -1);
    same(owner(), [3000, 4000]);
    sys.fchown(sys.open(place.at('file'), C.O_RDONLY), 0xfffffffe, 65_536);
    same(owner(), [0xfffffffe, 65_536]);
  },
);
