import { behaviour, C, same, sys } from '../harness.js';
import { timesIn } from '../times.js';

export default behaviour(
  'ctime moves with chmod, chown, link, rename, unlink, utimensat and setxattr; mtime does not',
  { needs: ['hostXattr'] },
  (place) => {
    const moved = timesIn(place);
    sys.writeFile(place.at('file'), 'x');
    const steps: [string, () => void][] = [
      ['chmod', () => sys.chmod(place.at('file'), 0o600)],
      ['chown', () => sys.chown(place.at('file'), 5, 5)],
      ['link', () => sys.link(place.at('file'), place.at('second'))],
      ['unlink', () => sys.unlink(place.at('second'))],
      ['rename', () => sys.rename(place.at('file'), place.at('moved'))],
      ['rename back', () => sys.rename(place.at('moved'), place.at('file'))],
      ['setxattr', () => sys.setxattr(place.at('file'), 'user.x', 'y')],
      ['removexattr', () => sys.removexattr(place.at('file'), 'user.x')],
    ];
    const fd = sys.open(place.at('file'), C.O_RDONLY);
    for (const [what, act] of steps)
      same(
        moved(() => sys.fstat(fd), act),
        ['ctime'],
        what,
      );
    same(
      moved(
        () => sys.fstat(fd),
        () => sys.utimens(place.at('file'), 1n, 'omit'),
      ),
      ['atime', 'ctime'],
    );
  },
);
