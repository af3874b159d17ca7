import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour(
  'RENAME_EXCHANGE with a missing side is ENOENT, with RENAME_NOREPLACE or an unknown flag EINVAL',
  (place) => {
    sys.writeFile(place.at('a'), 'a');
    sys.writeFile(place.at('b'), 'b');
    fails('ENOENT', () => sys.rename(place.at('a'), place.at('missing'), C.RENAME_EXCHANGE));
    fails('ENOENT', () => sys.rename(place.at('missing'), place.at('a'), C.RENAME_EXCHANGE));
    fails('EINVAL', () => sys.rename(place.at('a'), place.at('b'), C.RENAME_EXCHANGE | C.RENAME_NOREPLACE));
    fails('EINVAL', () => sys.rename(place.at('a'), place.at('b'), 0x80));
    sys.mkdir(place.at('d'));
    sys.mkdir(place.at('d/e'));
    fails('EINVAL', () => sys.rename(place.at('d'), place.at('d/e'), C.RENAME_EXCHANGE));
    fails('EINVAL', () => sys.rename(place.at('d/e'), place.at('d'), C.RENAME_EXCHANGE));
  },
);
