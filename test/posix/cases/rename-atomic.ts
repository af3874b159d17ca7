import { behaviour, equal, sys, truthy } from '../harness.js';

export default behaviour('a name that is replaced again and again is never missing and never half', (place) => {
  sys.writeFile(place.at('target'), 'a'.repeat(4096));
  const writer = place.peer();
  const busy = writer.start('replaceAgain', place.at('target'), 300, ['a', 'b', 'c']);
  let seen = 0;
  do {
    const content = sys.readFile(place.at('target')).toString();
    equal(content, content[0]!.repeat(4096));
    seen++;
  } while (!busy.finished());
  busy.finish();
  truthy(seen > 0);
});
