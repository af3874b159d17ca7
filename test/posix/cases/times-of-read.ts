import { behaviour, sys, truthy } from '../harness.js';

export default behaviour('a read moves an atime that is older than the mtime', { needs: ['hostAtime'] }, (place) => {
  sys.writeFile(place.at('file'), 'content');
  sys.utimens(place.at('file'), 1n, 'now');
  sys.readFile(place.at('file'));
  truthy(sys.stat(place.at('file')).atime > 1n, 'atime moved');
});
