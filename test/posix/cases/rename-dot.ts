import { behaviour, fails, sys } from '../harness.js';

export default behaviour('rename from or to "." or ".." is EBUSY', (place) => {
  sys.mkdir(place.at('dir'));
  sys.mkdir(place.at('other'));
  for (const name of ['dir/.', 'dir/..']) {
    fails(['EBUSY', 'EINVAL'], () => sys.rename(place.at(name), place.at('x')));
    fails(['EBUSY', 'EINVAL', 'ENOTEMPTY'], () => sys.rename(place.at('other'), place.at(name)));
  }
});
