import { alice, behaviour, equal, fails, octal, sys } from '../harness.js';

export default behaviour(
  "chmod of an unclaimed file by anybody: the owner's right in caller, EPERM in strict",
  { identity: true, needs: ['root'] },
  (place) => {
    sys.writeFile(place.at('file'));
    sys.chmod(place.at('file'), 0o644);
    const act = () => sys.as(alice, () => sys.chmod(place.at('file'), 0o600));
    if (place.ownership === 'caller') act();
    else fails('EPERM', act);
    equal(octal(sys.stat(place.at('file')).mode), place.ownership === 'caller' ? '0600' : '0644');
  },
);
