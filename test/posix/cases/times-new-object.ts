import { behaviour, sys, truthy } from '../harness.js';
import { now } from '../times.js';

export default behaviour('a new object has the present in all three times', (place) => {
  const start = now(place);
  sys.writeFile(place.at('file'));
  sys.mkdir(place.at('dir'));
  sys.symlink('x', place.at('link'));
  sys.mkfifo(place.at('fifo'));
  const end = now(place);
  for (const name of ['file', 'dir', 'link', 'fifo']) {
    const stat = sys.lstat(place.at(name));
    for (const time of ['atime', 'mtime', 'ctime'] as const) {
      truthy(stat[time] >= start && stat[time] <= end, `${time} of ${name}: ${stat[time]} not in ${start}…${end}`);
    }
  }
});
