import { behaviour, C, equal, octal, sameBytes, sys } from '../harness.js';

export default behaviour(
  'a file with names in two directories is one file after either directory is renamed',
  (place) => {
    for (const name of ['one', 'two']) sys.mkdir(place.at(name));
    sys.writeFile(place.at('one/file'), 'content');
    sys.link(place.at('one/file'), place.at('two/file'));
    sys.rename(place.at('one'), place.at('three'));
    sys.writeFile(place.at('three/file'), 'changed');
    sameBytes(sys.readFile(place.at('two/file')), 'changed');
    sys.unlink(place.at('three/file'));
    sys.rename(place.at('two'), place.at('four'));
    const fd = sys.open(place.at('four/file'), C.O_RDWR);
    equal(sys.fstat(fd).nlink, 1);
    sys.chmod(place.at('four/file'), 0o600);
    equal(octal(sys.fstat(fd).mode), '0600');
  },
);
