import { alice, behaviour, bob, C, club, equal, octal, sys } from '../harness.js';

export default behaviour(
  'the owner, group and other bits apply to exactly those they name',
  { needs: ['root'] },
  (place) => {
    sys.writeFile(place.at('file'), 'x');
    sys.chown(place.at('file'), alice.uid, club);
    const reads = (who: { uid: number; gid: number; groups?: number[] }) => {
      try {
        sys.as(who, () => sys.close(sys.open(place.at('file'), C.O_RDONLY)));
        return true;
      } catch (error) {
        equal((error as sys.SysError).code, 'EACCES');
        return false;
      }
    };
    const member = { ...bob, groups: [club] };
    // The first class that matches decides, even where a later one would allow more.
    for (const [mode, owner, group, other] of [
      [0o400, true, false, false],
      [0o040, false, true, false],
      [0o004, false, false, true],
      [0o044, false, true, true],
    ] as const) {
      sys.chmod(place.at('file'), mode);
      equal(reads(alice), owner, `owner of ${octal(mode)}`);
      equal(reads(member), group, `group of ${octal(mode)}`);
      equal(reads(bob), other, `others of ${octal(mode)}`);
    }
  },
);
