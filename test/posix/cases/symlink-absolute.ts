import { behaviour, sameBytes, sys } from '../harness.js';

export default behaviour(
  'an absolute symlink is resolved by whoever looks, also to outside',
  { needs: ['otherFileSystem'] },
  (place) => {
    const outside = `/dev/shm/osmofs-${process.pid}`;
    sys.writeFile(outside, 'outside');
    try {
      sys.symlink(outside, place.at('link'));
      sameBytes(sys.readlink(place.at('link')), outside);
      sameBytes(sys.readFile(place.at('link')), 'outside');
      sys.symlink(place.at('inside'), place.at('back'));
      sys.writeFile(place.at('back'), 'inside');
      sameBytes(sys.readFile(place.at('inside')), 'inside');
    } finally {
      sys.unlink(outside);
    }
  },
);
