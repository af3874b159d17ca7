import { behaviour, C, equal, same, sys } from '../harness.js';

export default behaviour(
  'what a process here and one on the host append at the same time is all there',
  { needs: ['host', 'hostAtOnce'] },
  (place) => {
    sys.writeFile(place.at('log'));
    const records = (who: string) => Array.from({ length: 300 }, (_, i) => `${who} ${String(i).padStart(5, '0')}\n`);
    const host = place.hostPeer();
    const here = place.peer();
    const hostFd = host.do('open', place.hostAt('log'), C.O_WRONLY | C.O_APPEND);
    const hereFd = here.do('open', place.at('log'), C.O_WRONLY | C.O_APPEND);
    const first = host.start('writeEach', place.hostAt('go'), hostFd, records('h'));
    const second = here.start('writeEach', place.at('go'), hereFd, records('g'));
    sys.mkdir(place.at('go'));
    first.finish();
    second.finish();
    const lines = sys.readFile(place.at('log')).toString().split('\n').slice(0, -1);
    equal(lines.length, 600);
    for (const who of ['h', 'g']) {
      same(
        lines.filter((text) => text.startsWith(who)).map((text) => `${text}\n`),
        records(who),
      );
    }
  },
);
