import { alice, behaviour, bob, same, sys } from '../harness.js';

export default behaviour(
  'what alice makes: strict shows her to everybody, caller shows everybody himself',
  { identity: true, needs: ['root'] },
  (place) => {
    sys.mkdir(place.at('dir'));
    sys.chmod(place.at('dir'), 0o777);
    sys.as(alice, () => {
      sys.writeFile(place.at('dir/file'), 'hers');
      sys.mkdir(place.at('dir/sub'));
      sys.symlink('x', place.at('dir/link'));
    });
    for (const who of [bob, alice]) {
      sys.as(who, () => {
        for (const name of ['file', 'sub', 'link']) {
          const { uid, gid } = sys.lstat(place.at(`dir/${name}`));
          same({ uid, gid }, place.ownership === 'caller' ? who : alice, name);
        }
      });
    }
  },
);
