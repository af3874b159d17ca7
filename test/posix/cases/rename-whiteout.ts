import { behaviour, C, equal, fails, same, sys } from '../harness.js';

export default behaviour(
  'RENAME_WHITEOUT leaves a whiteout on a plain disk; the mount refuses it with EINVAL',
  (place) => {
    sys.writeFile(place.at('a'), 'a');
    const whiteout = () => sys.rename(place.at('a'), place.at('b'), C.RENAME_WHITEOUT);
    // A whiteout is a character device, and the mount makes no devices.
    const makes = place.differs(true, false, 'device nodes are refused');
    if (makes) whiteout();
    else fails('EINVAL', whiteout);
    same(sys.names(place.dir), makes ? ['a', 'b'] : ['a']);
    if (makes) equal(sys.lstat(place.at('a')).mode & C.S_IFMT, C.S_IFCHR);
  },
);
