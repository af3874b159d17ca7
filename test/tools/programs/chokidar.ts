/** `chokidar.js FILE`: watches its directory, prints each event about the file with what it holds then. */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { watch } from 'chokidar';

const file = process.argv[2]!;
// Its own way of seeing files that are written in place: else it drops what comes within 50 ms of the truncation.
const awaitWriteFinish = { stabilityThreshold: 100, pollInterval: 20 };

watch(dirname(file), { awaitWriteFinish }).on('all', (event, path) => {
  if (path !== file) return;
  try {
    process.stdout.write(`${event} ${path} ${readFileSync(path, 'utf8')}\n`);
  } catch {
    // Gone by now: then there will be another event.
  }
});
