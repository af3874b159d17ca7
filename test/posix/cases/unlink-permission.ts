import { alice, behaviour, fails, same, sys } from '../harness.js';

export default behaviour('unlink and rmdir in a directory without w or x are EACCES', { needs: ['root'] }, (place) => {
  sys.mkdir(place.at('dir'));
  sys.mkdir(place.at('dir/sub'));
  sys.writeFile(place.at('dir/file'));
  sys.chown(place.at('dir/file'), alice.uid, alice.gid);
  for (const mode of [0o755, 0o766]) {
    sys.chmod(place.at('dir'), mode);
    sys.as(alice, () => {
      fails('EACCES', () => sys.unlink(place.at('dir/file')));
      fails('EACCES', () => sys.rmdir(place.at('dir/sub')));
    });
  }
  same(sys.names(place.at('dir')), ['file', 'sub']);
});
