import { alice, behaviour, bob, same, sys } from '../harness.js';

export default behaviour(
  'processes of two users that look at the same files again and again each see the right owner',
  { identity: true, needs: ['root'] },
  (place) => {
    sys.mkdir(place.at('dir'));
    for (let i = 0; i < 20; i++) sys.writeFile(place.at(`dir/f${i}`));
    sys.chown(place.at('dir/f0'), 77, 78);
    const looking = [alice, bob].map((who) => ({ who, peer: place.peer({ identity: who }) }));
    const running = looking.map(({ peer }) => peer.start('ownersAgain', place.at('dir'), 20));
    running.forEach((one, i) => {
      const { who } = looking[i]!;
      const expected = place.ownership === 'caller' ? who : { uid: 0, gid: 0 };
      same(one.finish(), [`77:78`, `${expected.uid}:${expected.gid}`].sort());
    });
  },
);
