import { alice, behaviour, sys } from '../harness.js';

export default behaviour(
  'a file without any permission can be unlinked by who may write the directory',
  { needs: ['root'] },
  (place) => {
    sys.mkdir(place.at('dir'));
    sys.chmod(place.at('dir'), 0o777);
    sys.writeFile(place.at('dir/file'));
    sys.chmod(place.at('dir/file'), 0);
    sys.as(alice, () => sys.unlink(place.at('dir/file')));
  },
);
