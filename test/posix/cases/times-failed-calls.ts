import { behaviour, fails, same, sys } from '../harness.js';
import { timesIn } from '../times.js';

export default behaviour('a call that fails moves no time', (place) => {
  const moved = timesIn(place);
  sys.mkdir(place.at('dir'));
  sys.writeFile(place.at('dir/file'), 'x');
  const attempts: [string, string, () => void][] = [
    ['mkdir', 'EEXIST', () => sys.mkdir(place.at('dir/file'))],
    ['rmdir', 'ENOTDIR', () => sys.rmdir(place.at('dir/file'))],
    ['unlink', 'ENOENT', () => sys.unlink(place.at('dir/missing'))],
    ['link', 'EEXIST', () => sys.link(place.at('dir/file'), place.at('dir/file'))],
    ['truncate', 'EINVAL', () => sys.truncate(place.at('dir/file'), -1)],
  ];
  for (const [what, code, act] of attempts) {
    same(
      moved(
        () => sys.stat(place.at('dir')),
        () => fails(code, act),
      ),
      [],
      `${what}, directory`,
    );
    same(
      moved(
        () => sys.stat(place.at('dir/file')),
        () => fails(code, act),
      ),
      [],
      `${what}, file`,
    );
  }
});
