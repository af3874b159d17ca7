import { alice, behaviour, bob, C, equal, sys } from '../harness.js';

export default behaviour(
  'an inherited descriptor shows each process the owner that it should see',
  { identity: true, needs: ['root'] },
  (place) => {
    sys.writeFile(place.at('file'));
    sys.chmod(place.at('file'), 0o666);
    const fd = sys.open(place.at('file'), C.O_RDWR);
    const child = place.peer({ inherit: [fd], identity: alice });
    const expected = place.ownership === 'caller' ? alice.uid : 0;
    equal(child.do('fstat', 3).uid, expected);
    equal(sys.fstat(fd).uid, 0);
    equal(child.do('fstat', 3).uid, expected);
    sys.fchown(fd, bob.uid, bob.gid);
    equal(child.do('fstat', 3).uid, bob.uid);
  },
);
