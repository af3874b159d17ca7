import { behaviour, C, equal, sys, truthy } from '../harness.js';

export default behaviour('a birth time, where one is given, is not later than now and never changes', (place) => {
  sys.writeFile(place.at('file'), 'x');
  const before = sys.stat(place.at('file'));
  sys.utimens(place.at('file'), 1n, 1n);
  sys.writeFile(place.at('file'), 'y');
  sys.chmod(place.at('file'), 0o600);
  const after = sys.stat(place.at('file'));
  equal(after.mask & C.STATX_BTIME, before.mask & C.STATX_BTIME);
  equal(after.btime, before.btime);
  if (before.mask & C.STATX_BTIME) truthy(before.btime <= before.ctime, 'born before it was changed');
});
