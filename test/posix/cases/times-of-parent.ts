import { behaviour, same, sys } from '../harness.js';
import { timesIn } from '../times.js';

export default behaviour('making and removing entries moves mtime and ctime of the directory', (place) => {
  const moved = timesIn(place);
  sys.mkdir(place.at('dir'));
  sys.mkdir(place.at('away'));
  const at = (name: string) => place.at(`dir/${name}`);
  const steps: [string, () => void][] = [
    ['create', () => sys.writeFile(at('file'))],
    ['mkdir', () => sys.mkdir(at('sub'))],
    ['symlink', () => sys.symlink('x', at('link'))],
    ['mkfifo', () => sys.mkfifo(at('fifo'))],
    ['link', () => sys.link(at('file'), at('second'))],
    ['rename within', () => sys.rename(at('second'), at('third'))],
    ['rename out', () => sys.rename(at('third'), place.at('away/third'))],
    ['rename in', () => sys.rename(place.at('away/third'), at('third'))],
    ['unlink', () => sys.unlink(at('third'))],
    ['rmdir', () => sys.rmdir(at('sub'))],
  ];
  for (const [what, act] of steps) {
    same(
      moved(() => sys.stat(place.at('dir')), act),
      ['ctime', 'mtime'],
      what,
    );
  }
  same(
    moved(
      () => sys.stat(place.at('dir')),
      () => sys.writeFile(at('file'), 'x'),
    ),
    [],
    'writing to a file below',
  );
});
