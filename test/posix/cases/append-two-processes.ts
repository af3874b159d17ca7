import { behaviour, C, equal, same, sys } from '../harness.js';

export default behaviour('what two processes append at the same time is all there, each record whole', (place) => {
  sys.writeFile(place.at('log'));
  const records = (who: string) => Array.from({ length: 400 }, (_, i) => `${who} ${String(i).padStart(5, '0')}\n`);
  const running = ['a', 'b'].map((who) => {
    const peer = place.peer();
    const fd = peer.do('open', place.at('log'), C.O_WRONLY | C.O_APPEND);
    return peer.start('writeEach', place.at('go'), fd, records(who));
  });
  sys.mkdir(place.at('go'));
  for (const one of running) one.finish();
  const lines = sys.readFile(place.at('log')).toString().split('\n').slice(0, -1);
  // Nothing lost, nothing torn, each writer's own order kept.
  for (const who of ['a', 'b']) {
    same(
      lines.filter((text) => text.startsWith(who)).map((text) => `${text}\n`),
      records(who),
    );
  }
  equal(lines.length, 800);
});
