import { behaviour, C, equal, sys } from '../harness.js';

export default behaviour('utimensat with AT_SYMLINK_NOFOLLOW sets the times of the symlink itself', (place) => {
  sys.writeFile(place.at('file'));
  sys.utimens(place.at('file'), 1n, 2n);
  sys.symlink('file', place.at('link'));
  sys.utimens(place.at('link'), 5_000_000_003n, 6_000_000_004n, C.AT_SYMLINK_NOFOLLOW);
  equal(sys.lstat(place.at('link')).mtime, 6_000_000_004n);
  equal(sys.stat(place.at('link')).mtime, 2n);
  sys.utimens(place.at('link'), 7n, 8n);
  equal(sys.stat(place.at('file')).mtime, 8n);
  equal(sys.lstat(place.at('link')).mtime, 6_000_000_004n);
});
