/**
 * Runs behaviours without mocha, for a guest that has node, the compiled tests and the test addon:
 *
 *     node dist/test/posix/run.js --dir /mnt/share/tests --name vm [--host DIR] [--ownership strict|caller] [--only SLUG]…
 *
 * Prints one TAP line per case (https://testanything.org), then a summary. Exit status 0 if none failed.
 */
import { parseArgs } from 'node:util';
import type { Ownership, PlaceOptions } from '../support/place.js';
import { type Outcome, Suite } from '../support/suite.js';
import { type Case, loadCases, under } from './cases.js';

const { values } = parseArgs({
  options: {
    dir: { type: 'string' },
    host: { type: 'string' },
    name: { type: 'string', default: 'bare' },
    ownership: { type: 'string', default: 'strict' },
    'host-peer': { type: 'string' },
    only: { type: 'string', multiple: true },
  },
});

function usage(message: string): never {
  console.error(`run: ${message}`);
  process.exit(2);
}

function line(number: number, one: Case, outcome: Outcome): string {
  const sentence = `${number} - ${one.title.replace(/#/g, '\\#')}`;
  if (outcome.status === 'passed') return `ok ${sentence} (${outcome.milliseconds} ms)`;
  if (outcome.status === 'skipped') return `ok ${sentence} # SKIP ${outcome.reason}`;
  const detail = outcome.reason!.split('\n').map((text) => `  # ${text}`);
  return [`not ok ${sentence} [${one.slug}]`, ...detail].join('\n');
}

const { dir, ownership } = values;
if (!dir?.startsWith('/')) usage('--dir must be an absolute path');
if (ownership !== 'strict' && ownership !== 'caller') usage('--ownership is strict or caller');
const options: PlaceOptions = { name: values.name, dir, ownership: ownership as Ownership };
if (values.host) options.host = values.host;
if (values['host-peer']) options.hostPeer = values['host-peer'].split(' ');

const known = under(options.ownership, await loadCases());
const chosen = values.only ? known.filter((one) => values.only!.includes(one.slug)) : known;
if (chosen.length === 0) usage('no such case');

const suite = new Suite(options);
const counts = { passed: 0, failed: 0, skipped: 0 };
console.log(`TAP version 13\n1..${chosen.length}`);
for (const [index, one] of chosen.entries()) {
  const outcome = await suite.run(one.slug);
  counts[outcome.status]++;
  console.log(line(index + 1, one, outcome));
}
await suite.end();
console.log(`# ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed === 0 ? 0 : 1;
