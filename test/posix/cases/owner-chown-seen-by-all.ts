import { alice, behaviour, bob, equal, same, sys } from '../harness.js';

export default behaviour('a chown is seen by everybody, at once', { identity: true, needs: ['root'] }, (place) => {
  sys.writeFile(place.at('file'));
  sys.mkdir(place.at('dir'));
  const look = (name: string) => {
    const { uid, gid } = sys.stat(place.at(name));
    return { uid, gid };
  };
  for (const owner of [alice, bob, { uid: 0, gid: 0 }, { uid: 5, gid: 6 }]) {
    for (const name of ['file', 'dir']) {
      sys.chown(place.at(name), owner.uid, owner.gid);
      same(look(name), owner);
      for (const who of [alice, bob]) sys.as(who, () => same(look(name), owner));
    }
  }
  const peer = place.peer({ identity: bob });
  equal(peer.do('stat', place.at('file')).uid, 5);
});
